import { setTimeout as sleep } from 'node:timers/promises'
import { answers } from '../../drivers/mariadb/connection.ts'
import { dumpFile, keepDump, refuseFullDisk } from '../../drivers/mariadb/dumps.ts'
import { runImport, endImports, inspectDump } from '../../drivers/mariadb/imports.ts'
import { isEmpty, makeDatabase, readDatabase, removeDatabase } from '../../drivers/mariadb/index.ts'
import type { Charset } from '../../drivers/mariadb/statements.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { queue, type Queue } from '../../model/protocol/queue.ts'
import { failpoint } from '../../system/failpoint.ts'
import { ensureDirectory, listDirectory, readText, removeFile, writeAtomically } from '../../system/files.ts'
import { keepAlive } from '../converge/queues.ts'
import { reclaimedAccount } from './account.ts'
import { cancellable } from './tasks.ts'

type OnProgress = (progress: Progress) => void

/** Written before an import touches anything: what has to be restored if it does not come to its end. */
interface Marker {
  database: string
  charset: Charset
  /** The dump of what was there; null: it was empty. */
  copy: string | null
}

const root = { uid: 0, gid: 0 }
const markerOf = (database: string): string => `${paths.imports}/${database}.json`

/** One thing at a time happens to a database's contents. */
const queues = new Map<string, Queue>()

function enqueueFor<T>(database: string, work: () => Promise<T>): Promise<T> {
  const turn = queues.get(database) ?? queue()
  queues.set(database, turn)
  return keepAlive(() => turn(work))
}

/** Does something with a database's contents, once an import that was cut off has been rolled back. */
export const recovered = <T>(database: string, work: () => Promise<T>): Promise<T> =>
  enqueueFor(database, async () => {
    await recover(database)
    return work()
  })

/** Does something with a database that is to go: what an import that was cut off would restore is wanted no more. */
export const abandoned = <T>(database: string, work: () => Promise<T>): Promise<T> =>
  enqueueFor(database, async () => {
    await removeFile(markerOf(database))
    return work()
  })

/**
 * Does what can be cancelled, also while it waits for its turn, once an import that was cut off has been rolled back.
 * Throws `cancelled`.
 */
export const recoveredFor = <T>(
  task: string,
  gone: AbortSignal,
  database: string,
  work: (cancel: AbortSignal) => Promise<T>,
): Promise<T> =>
  cancellable(task, gone, (cancel) =>
    recovered(database, () => {
      if (cancel.aborted) throw new PanelError('cancelled', 409, 'This was cancelled before it began')
      return work(cancel)
    }),
  )

/**
 * Imports a dump, or leaves what was there: a copy is made first, and restored when the import fails, is cancelled or
 * killed. Throws what the drivers say, and `not_put_back` when even that failed.
 */
export const importInto = (
  { name, charset, from, copy, most, task }: Parsed<'databases.import'>,
  onProgress: OnProgress,
  gone: AbortSignal,
): Promise<Output<'databases.import'>> =>
  recoveredFor(task, gone, name, async (cancel) => {
    await refuseFullDisk(paths.mariadbData)
    await refuseMissing(name)
    const path = from.kind === 'dump' ? dumpFile(from.id) : `${paths.uploads}/${from.id}`
    await inspectDump(path)
    await reclaimedAccount(name)
    const empty = await isEmpty(name)
    const keeping = 'Copying the database as it is'
    onProgress({ step: keeping, percent: 0 })
    const copyBytes = empty
      ? null
      : await keepDump(name, copy, 'zstd', {
          onPercent: (percent) => onProgress({ step: keeping, percent: percent * 0.2 }),
          most,
          cancel,
        })
    const began = empty ? 0 : 20
    const marker: Marker = { database: name, charset, copy: empty ? null : copy }
    await ensureDirectory(paths.imports, { ...root, mode: 0o700 })
    await writeAtomically(markerOf(name), JSON.stringify(marker), { ...root, mode: 0o600 }, true)
    failpoint()
    const step = 'Importing'
    onProgress({ step, percent: began })
    let notes: string[]
    try {
      notes = await runImport(name, {
        path,
        cancel,
        onPercent: (percent) => onProgress({ step, percent: began + percent * (1 - began / 100) }),
      })
    } catch (error) {
      onProgress({ step: 'Restoring the database', percent: 99, rollback: true })
      await restore(marker)
      if (marker.copy) await removeFile(dumpFile(marker.copy))
      throw error
    }
    failpoint()
    await removeFile(markerOf(name))
    return { copyBytes, notes }
  })

/** How long MariaDB may be away while a database waits to be restored (ms). */
const AWAY_TIMEOUT_MS = 120_000

/** Restores what was there before an import; begins anew when MariaDB, which was about to stop, had still answered. */
async function restore(marker: Marker): Promise<void> {
  const deadline = performance.now() + AWAY_TIMEOUT_MS
  const again = async (): Promise<void> => {
    while (!(await answers()) && performance.now() < deadline) await sleep(1_000)
    await restoreCopy(marker).catch((error: unknown) => {
      if (isDown(error) && performance.now() < deadline) return sleep(1_000).then(again)
      throw notRestored(marker, error as Error)
    })
  }
  await again()
  await removeFile(markerOf(marker.database))
}

const isDown = (error: unknown): boolean => error instanceof PanelError && error.code === 'mariadb_down'

async function restoreCopy({ database, charset, copy }: Marker): Promise<void> {
  await removeDatabase(database)
  await makeDatabase(database, charset)
  await reclaimedAccount(database, false)
  if (copy) await runImport(database, { path: dumpFile(copy), onPercent: () => {} })
}

function notRestored({ copy }: Marker, { message }: Error): PanelError {
  const kept = copy
    ? `Its copy is ${dumpFile(copy)}; the panel tries again at the next call for this database`
    : 'It was empty before'
  return new PanelError(
    'not_put_back',
    503,
    `The import failed, and the database could not be restored: ${message}. ${kept}`,
  )
}

/** Throws `database_missing` for one that only the panel knows of. */
export async function refuseMissing(name: string): Promise<void> {
  if (await readDatabase(name)) return
  throw new PanelError(
    'database_missing',
    409,
    `The database ${name} is missing in MariaDB: it was dropped outside the panel. Press “Undo these changes” ` +
      'on the Server page to make it again, empty',
  )
}

async function recover(database: string): Promise<void> {
  const text = await readText(markerOf(database))
  if (text === null) return
  await restore(JSON.parse(text) as Marker)
  console.log(`Rolled an import of ${database} back that was cut off`)
}

/** At the agent's start: rolls back the imports that the last one had begun, beside everything else. */
export async function recoverImports(): Promise<void> {
  await endImports()
  for (const name of await listDirectory(paths.imports)) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue
    void recovered(name.slice(0, -5), () => Promise.resolve()).catch((error: unknown) => console.error(String(error)))
  }
}
