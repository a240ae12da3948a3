import { randomBytes } from 'node:crypto'
import type { Compression } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { freeBytes, inspect, listDirectory, move, removeFile, sizeOf } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { openFile, pipeline, type Ended } from '../../system/pipeline.ts'
import { compress, dump, DUMPER } from './commands.ts'
import { sql } from './connection.ts'
import { listTables } from './index.ts'
import { createDumper } from './statements.ts'

/** Name of a dump's file: its end tells how it is compressed. */
export const dumpFile = (id: string): string => `${paths.dumps}/${id}`

/** How much of it is done, 0 to 100. */
export type OnPercent = (percent: number) => void

let known = false

/** The account that dumps is made before its first dump; an agent that was started later makes sure again. */
async function ensureDumper(): Promise<void> {
  if (!known) await sql(...createDumper(DUMPER))
  known = true
}

/** How a dump is written: `most` is the largest that it may be (bytes), null where nobody says. */
export interface Writing {
  onPercent: OnPercent
  most?: number | null
  cancel?: AbortSignal
}

/** Writes a dump to a descriptor. Throws `dump_failed`, `cancelled`, `disk_full`, `limit_reached`. */
export async function writeDump(
  database: string,
  compression: Compression,
  output: number,
  { onPercent, most = null, cancel }: Writing,
): Promise<void> {
  await ensureDumper()
  const packer = compress(compression)
  const stages = [
    { argv: dump(database), onLine: await percentByTable(database, onPercent) },
    ...(packer ? [{ argv: packer }] : []),
  ]
  const { ended } = await pipeline(stages, {
    output,
    onTick: () => refuseGrowth(output, most),
    ...(cancel && { cancel }),
  })
  refuseFailed(database, ended, cancel)
}

/** Each second: the disk, and its owner, must have room for more. */
async function refuseGrowth(output: number, most: number | null): Promise<void> {
  await refuseFullDisk(paths.dumps)
  if (most !== null) refuseTooLarge(sizeOf(output), most)
}

function refuseTooLarge(bytes: number, most: number | null): void {
  if (most === null || bytes <= most) return
  throw new PanelError(
    'limit_reached',
    403,
    `The dump is larger than the rest of its owner’s disk limit (${Math.floor(most / 1024 / 1024)} MB), ` +
      'so it was not kept. ' +
      'Ask the administrator for more, or remove something first',
  )
}

/** mariadb-dump names a table when it begins with it; the ones before are done, by their size. */
async function percentByTable(database: string, onPercent: OnPercent): Promise<(line: string) => void> {
  const sizes = new Map((await listTables(database)).map(({ name, bytes }) => [name, bytes]))
  const whole = Math.max(
    1,
    [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
  )
  let [done, current] = [0, 0]
  return (line) => {
    const table = /^-- Retrieving table structure for table (.*)\.\.\.$/.exec(line)?.[1]
    if (table === undefined) return
    done += current
    current = sizes.get(table) ?? 0
    sizes.delete(table)
    onPercent((done / whole) * 100)
  }
}

/** mariadb-dump's own words, without those about its progress. */
const saidBy = ({ said }: Ended): string =>
  said
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('--'))
    .join(' ')

function refuseFailed(database: string, ended: readonly Ended[], cancel?: AbortSignal): void {
  const failed = ended.filter(({ code }) => code !== 0)
  if (failed.length === 0) return
  if (cancel?.aborted) throw new PanelError('cancelled', 409, 'This was cancelled')
  const said = failed.map(saidBy).filter(Boolean).join('; ')
  if (/No space left|errno:? 28/i.test(said))
    throw new PanelError('disk_full', 507, 'The disk is full, so there is no dump. Free some space and try again')
  throw new PanelError(
    'dump_failed',
    503,
    `The database ${database} could not be dumped: ${said || 'mariadb-dump was ended'}. Look at: systemctl ` +
      'status mariadb',
  )
}

/** A dump must leave this much of the disk to everybody else (bytes). */
export const SPARE = 256 * 1024 * 1024

/** Throws `disk_full` when the disk that a path is on has no room to speak of. */
export async function refuseFullDisk(path: string): Promise<void> {
  if ((await freeBytes(path)) < SPARE)
    throw new PanelError(
      'disk_full',
      507,
      'The disk is nearly full, so nothing was begun. Free some space and try again',
    )
}

/**
 * Keeps a dump under its id, whole or not at all; one that is there already is taken for it. Answers its size (bytes).
 */
export async function keepDump(
  database: string,
  id: string,
  compression: Compression,
  writing: Writing,
): Promise<number> {
  const before = await keptBytes(id)
  if (before !== null) return before
  await refuseFullDisk(paths.dumps)
  const unfinished = `${paths.dumps}/.${id}.${randomBytes(4).toString('hex')}`
  const file = await openFile(unfinished, 'create')
  try {
    await writeDump(database, compression, file.fd, writing)
    refuseTooLarge((await file.stat()).size, writing.most ?? null)
    await file.chown(0, passwd.gid('hosting-panel'))
    await file.chmod(0o640)
    await file.sync()
    await move(unfinished, dumpFile(id))
    return (await file.stat()).size
  } catch (error) {
    await removeFile(unfinished)
    throw error
  } finally {
    await file.close()
  }
}

/** The size of a dump that is kept (bytes); null when there is none of this id. */
export const keptBytes = async (id: string): Promise<number | null> => (await inspect(dumpFile(id)))?.size ?? null

/** Deletes what an agent that was killed had begun to write, and its pipes. */
export async function deleteUnfinishedDumps(): Promise<void> {
  for (const name of await listDirectory(paths.pipes)) await removeFile(`${paths.pipes}/${name}`)
  for (const name of await listDirectory(paths.dumps))
    if (name.startsWith('.')) await removeFile(`${paths.dumps}/${name}`)
}

/** Deletes old dumps that are none of these. */
export async function pruneDumpFiles(keep: ReadonlySet<string>, isOld: (at: number) => boolean): Promise<void> {
  for (const name of (await listDirectory(paths.dumps)).filter((each) => !keep.has(each))) {
    const stats = await inspect(dumpFile(name))
    if (stats?.isFile() && isOld(stats.mtimeMs)) await removeFile(dumpFile(name))
  }
}
