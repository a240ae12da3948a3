import { randomBytes } from 'node:crypto'
import { relative } from 'node:path'
import type { Compression } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { freeBytes, listDirectory, removeFile, writeAtomically } from '../../system/files.ts'
import { killProcessesOf } from '../../system/kill.ts'
import { passwd } from '../../system/passwd.ts'
import { openFile, pipeline, type Ended, type OpenFile } from '../../system/pipeline.ts'
import { openInside } from '../../system/tree.ts'
import { decompress, importDump, IMPORTER, prepareDump } from './commands.ts'
import { mapCollations } from './collations.ts'
import { sql } from './connection.ts'
import { databaseAccount } from './database-account.ts'
import { SPARE, type OnPercent } from './dumps.ts'
import { explainImport } from './explain-import.ts'
import { importNote } from './import-notes.ts'
import { compressionOf, refuseForeign } from './sniff.ts'

/** Ratio of unpacked to packed bytes that is allowed; text that repeats itself seldom comes to a tenth of it. */
const MOST_RATIO = 500
/** Below this nobody minds (bytes). */
const SMALL = 256 * 1024 ** 2

export interface Source {
  path: string
  /** Cancels it: what has been carried out by then stays, for the caller to put right. */
  cancel?: AbortSignal
  onPercent: OnPercent
}

/**
 * Opens a dump of the agent's, or an upload of the panel's user, whose directory is not root's. Throws
 * `dump_not_found`: its row may outlive a dump that was deleted while the disk was full.
 */
async function openDump(path: string): Promise<OpenFile> {
  try {
    return path.startsWith(`${paths.uploads}/`)
      ? await openInside(paths.home, relative(paths.home, path).split('/'), passwd.uid('hosting-panel'))
      : await openFile(path, 'read')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new PanelError('dump_not_found', 404, 'The dump’s file is gone from this server; choose another dump')
  }
}

/** Looks at a file before anything is begun. Throws `dump_not_found`, `not_a_dump`, `dump_truncated`. */
export async function inspectDump(path: string): Promise<void> {
  const file = await openDump(path)
  try {
    await refuseForeign(file, await compressionOf(file), (await file.stat()).size)
  } finally {
    await file.close()
  }
}

/**
 * Imports a dump into a database, as that database's own account. Answers what was left out or renamed. Throws
 * `dump_truncated`, `dump_bomb`, `dump_refused`, `mariadb_full`, `cancelled`; then what came before the failure has
 * happened.
 */
export async function runImport(database: string, { path, cancel, onPercent }: Source): Promise<string[]> {
  const file = await openDump(path)
  const password = await passwordFile(database)
  try {
    const { size } = await file.stat()
    const compression = await compressionOf(file)
    const token = randomBytes(12).toString('hex')
    const unpacking = compression === 'none' ? [] : [decompress(compression)]
    const told: string[] = []
    const stages = [
      ...unpacking.map((argv) => ({ argv })),
      { argv: prepareDump(token, await collations()), onLine: (line: string) => void told.push(line) },
      { argv: importDump(database, password) },
    ]
    const onTick = async (read: number, taken: number) => {
      onPercent(Math.min(99, (read / Math.max(1, size)) * 100))
      await refuseExcess(compression, read, taken)
    }
    const { ended, stdout } = await pipeline(stages, { input: file.fd, onTick, ...(cancel && { cancel }) })
    explainImport({
      database,
      ended: unpacking.length > 0 ? ended : [unpacked, ...ended],
      token,
      stdout,
      cancelled: cancel?.aborted ?? false,
    })
    return told.map(importNote).filter((note) => note !== null)
  } finally {
    await file.close()
    await removeFile(password)
  }
}

/** Names for the collations of MySQL 8 that this MariaDB does not know. */
const collations = async (): Promise<Record<string, string>> =>
  mapCollations(
    new Set(
      (await sql<{ name: string }>('SELECT COLLATION_NAME AS name FROM information_schema.COLLATIONS')).map(
        ({ name }) => name,
      ),
    ),
  )

async function refuseExcess(compression: Compression, read: number, taken: number): Promise<void> {
  if (compression !== 'none' && taken > SMALL && taken > read * MOST_RATIO) {
    throw new PanelError(
      'dump_bomb',
      422,
      'The file unpacks to more than 500 times its size, so it is not a database dump. Pack it again, or send ' +
        'it unpacked',
    )
  }
  if ((await freeBytes(paths.mariadbData)) < SPARE) {
    throw new PanelError(
      'mariadb_full',
      507,
      'The disk is nearly full, so the import was ended. Free some space and try again',
    )
  }
}

/** Form of a dump that needs no unpacking. */
const unpacked: Ended = { code: 0, said: '' }

const PASSWORD_FILE = /^import-[0-9a-f]{16}\.cnf$/

/** The client reads its password from a file of its own user's, which is gone with the import. */
async function passwordFile(database: string): Promise<string> {
  const { username, password } = await databaseAccount(database)
  const path = `${paths.runtime}/import-${randomBytes(8).toString('hex')}.cnf`
  await writeAtomically(path, `[client]\nuser=${username}\npassword=${password}\n`, {
    uid: passwd.uid(IMPORTER),
    gid: passwd.gid(IMPORTER),
    mode: 0o400,
  })
  return path
}

/** Ends what an agent that was killed had begun, and deletes its passwords; nobody else runs as this user. */
export async function endImports(): Promise<void> {
  await killProcessesOf(passwd.uid(IMPORTER))
  for (const name of await listDirectory(paths.runtime))
    if (PASSWORD_FILE.test(name)) await removeFile(`${paths.runtime}/${name}`)
}
