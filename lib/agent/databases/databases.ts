import { answers } from '../../drivers/mariadb/connection.ts'
import { OWN, databaseAccount } from '../../drivers/mariadb/database-account.ts'
import { dumpFile, pruneDumpFiles, keepDump, keptBytes, writeDump } from '../../drivers/mariadb/dumps.ts'
import {
  endQuery,
  isInstalled,
  isUnknown,
  listQueries,
  listTables,
  readDatabase,
  readLogin,
  removeDatabase,
  removeLogin,
  usageOf,
} from '../../drivers/mariadb/index.ts'
import { connectionsEach } from '../../drivers/mariadb/settings.conf.ts'
import type { DatabaseSpec } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { failpoint } from '../../system/failpoint.ts'
import { removeFile } from '../../system/files.ts'
import { withPipe } from '../../system/pipe.ts'
import { readAges } from '../clock/clock.ts'
import { diff, toChanges } from '../converge/diff.ts'
import type { Delta, Resource } from '../resources/resource.ts'
import { applyAll } from './apply-all.ts'
import { describeDatabase } from './describe-database.ts'
import { abandoned, recovered, recoveredFor, refuseMissing } from './imports.ts'

type OnProgress = (progress: Progress) => void

const resourcesOf = async (database: DatabaseSpec, gone: readonly string[] = []): Promise<Resource[]> =>
  describeDatabase(database, await databaseAccount(database.name), connectionsEach(), gone)

async function differences({ database, gone }: Parsed<'databases.plan'>): Promise<Delta[]> {
  const resources = await resourcesOf(database, gone)
  const logins = resources.filter(({ kind }) => kind === 'login').map(({ name }) => name)
  if (gone.length === 0 && (await isUnknown(database.name, logins)))
    return resources.map(({ kind, name, state }) => ({ kind, name, before: null, after: state }) as Delta)
  const deltas: Delta[] = await diff(resources)
  refuseForeign(database, deltas)
  return deltas
}

export const planDatabase = async (input: Parsed<'databases.plan'>): Promise<Change[]> =>
  toChanges(await differences(input), true)

/**
 * Makes a database and its users so, all of it or nothing. It may be asked again however far the last time got, so what
 * a kill cut off is brought to its end when it is asked for again.
 */
export async function applyDatabase(input: Parsed<'databases.apply'>): Promise<Change[]> {
  const deltas = await differences(input)
  await applyAll(deltas)
  return toChanges(deltas, false)
}

/**
 * Refuses what MariaDB has and the panel did not make: it is somebody else's. A database of the panel's has its own
 * account; an account of the panel's reaches that database, or has the desired password and was given other rights.
 */
function refuseForeign({ name }: DatabaseSpec, deltas: readonly Delta[]): void {
  const [own] = deltas
  const fresh = own?.kind === 'login' && own.name.startsWith(OWN) && own.before === null
  if (fresh && !deltas.some(({ kind, before }) => kind === 'database' && before === null)) {
    throw new PanelError(
      'database_exists',
      409,
      `MariaDB already has a database ${name}, which the panel did not make; take another name`,
    )
  }
  for (const delta of deltas) {
    if (delta.kind !== 'login' || !delta.before || delta.before.database === name || delta.name.startsWith(OWN))
      continue
    const ours = delta.before.database === null && delta.before.hash === delta.after?.hash
    if (!ours)
      throw new PanelError(
        'username_taken',
        409,
        `MariaDB already has an account ${delta.name}, which the panel did not make; take another name`,
      )
  }
}

/** Describes the desired databases; none while MariaDB does not answer, which its state tells. */
export async function desiredDatabases(databases: readonly DatabaseSpec[]): Promise<Resource[]> {
  if (databases.length === 0 || !isInstalled() || !(await answers())) return []
  return (await Promise.all(databases.map((database) => resourcesOf(database)))).flat()
}

export const isDatabase = ({ kind }: Delta): boolean => kind === 'database' || kind === 'login'

export const convergeDatabases = applyAll

/**
 * Removes a database and its users once its dump is on disk, and no import is at work that would restore it. A removal
 * that was cut off may be asked for again.
 */
export const dropDatabase = (
  input: Parsed<'databases.remove'>,
  onProgress: OnProgress,
  gone: AbortSignal,
): Promise<Output<'databases.remove'>> =>
  input.dump
    ? recoveredFor(input.task, gone, input.name, (cancel) => drop(input, onProgress, cancel))
    : abandoned(input.name, () => drop(input, onProgress))

async function drop(
  { name, users, dump }: Parsed<'databases.remove'>,
  onProgress: OnProgress,
  cancel?: AbortSignal,
): Promise<Output<'databases.remove'>> {
  const step = 'Keeping a dump for 30 days'
  const there = await readDatabase(name)
  // Who is asked again has perhaps removed it by now, and its dump is all that is left.
  let bytes = dump ? await keptBytes(dump) : null
  if (there && dump) {
    onProgress({ step, percent: 0 })
    bytes = await keepDump(name, dump, 'zstd', {
      onPercent: (percent) => onProgress({ step, percent: percent * 0.9 }),
      ...(cancel && { cancel }),
    })
  }
  failpoint()
  onProgress({ step: 'Removing the database and its users', percent: 90 })
  const own = (await databaseAccount(name)).username
  // Nobody writes into what is being removed, or makes it anew.
  for (const username of [...users, own]) if (await readLogin(username)) await removeLogin(username)
  failpoint()
  await removeDatabase(name)
  return { bytes }
}

/** A database is dumped once what an import began there has been taken back. */
export const exportDatabase = (
  { name, dump, compression, most, task }: Parsed<'databases.export'>,
  onProgress: OnProgress,
  gone: AbortSignal,
): Promise<Output<'databases.export'>> =>
  recoveredFor(task, gone, name, async (cancel) => {
    const step = 'Writing the dump'
    onProgress({ step, percent: 0 })
    await refuseMissing(name)
    return {
      bytes: await keepDump(name, dump, compression, {
        onPercent: (percent) => onProgress({ step, percent }),
        most,
        cancel,
      }),
    }
  })

/** Writes a dump to whoever reads the pipe; says so once it can be opened. Ends when nobody waits any more. */
export const streamDatabase = (
  { name, pipe, compression }: Parsed<'databases.stream'>,
  onProgress: OnProgress,
  gone: AbortSignal,
): Promise<Record<string, never>> =>
  recovered(name, async () => {
    await refuseMissing(name)
    const reader = { onMade: () => onProgress({ step: 'ready', percent: 0 }), gone }
    await withPipe(pipe, reader, (output) =>
      writeDump(name, compression, output, { onPercent: () => {}, cancel: gone }),
    )
    return {}
  })

/** Deletes dumps. */
export async function removeDumps({ ids }: Parsed<'dumps.remove'>): Promise<Record<string, never>> {
  for (const id of ids) await removeFile(dumpFile(id))
  return {}
}

/** Deletes dumps that a failed import had kept, or that a panel that died had not written down, after a day. */
export async function pruneDumps({ keep }: Parsed<'dumps.prune'>): Promise<Record<string, never>> {
  const ageOf = await readAges()
  await pruneDumpFiles(new Set(keep), (at) => ageOf(at) > 86_400_000)
  return {}
}

export const databaseUsage = async ({ names }: Parsed<'databases.usage'>): Promise<Output<'databases.usage'>> => ({
  usage: await usageOf(names),
})

export const databaseTables = async ({ name }: Parsed<'databases.tables'>): Promise<Output<'databases.tables'>> => ({
  tables: await listTables(name),
})

export const databaseQueries = async ({ name }: Parsed<'databases.queries'>): Promise<Output<'databases.queries'>> => ({
  queries: await listQueries(name),
})

export const endDatabaseQuery = async ({
  name,
  id,
}: Parsed<'databases.endQuery'>): Promise<Output<'databases.endQuery'>> => ({ ended: await endQuery(name, id) })
