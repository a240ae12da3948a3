import { createReadStream, type ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { H3Event } from 'h3'
import type { Identity } from '../../model/auth/identity.ts'
import type { AgeOf } from '../../model/clock.ts'
import type { Compression, Dump } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { sees } from '../auth/ownership.ts'
import type { Context } from '../http/context.ts'
import type { DatabaseRow } from '../store/databases.ts'
import { addDump, dumpsUnderWay, findDump, listDumps as listRows, removeDump, type DumpRow } from '../store/dumps.ts'

const DAY_MS = 86_400_000

/** How long each kind of dump is kept (days). */
const DAYS: Record<Dump['reason'], number> = { export: 1, deleted: 30, 'before-import': 3 }

/** Ages are counted by the time that the server ran (lib/model/clock.ts), so a dump may stay longer than it says. */
const toDump = ({ site: _, ...dump }: DumpRow): Dump => dump

/** The dumps somebody may see, newest first; with a name only those of that database. */
export const listDumps = (ctx: Context, viewer: Identity, database?: string): Dump[] =>
  listRows(ctx.db)
    .filter((row) => sees(viewer, row) && (database === undefined || row.database === database))
    .map(toDump)

/** One dump. Throws `dump_not_found`. */
export function getDump(ctx: Context, id: string): Dump {
  const row = findDump(ctx.db, id)
  if (!row) throw new PanelError('dump_not_found', 404, 'There is no such dump, or it has expired')
  return toDump(row)
}

/** Notes that the server has a dump of a database. */
export function keepRow(
  ctx: Context,
  { spec, owner, site }: DatabaseRow,
  dump: Pick<Dump, 'id' | 'reason' | 'compression' | 'bytes'>,
): Dump {
  const now = Date.now()
  const row: DumpRow = {
    ...dump,
    database: spec.name,
    owner,
    site,
    createdAt: new Date(now).toISOString(),
    keptUntil: new Date(now + DAYS[dump.reason] * DAY_MS).toISOString(),
  }
  addDump(ctx.db, row)
  return toDump(row)
}

const extensions: Record<Compression, string> = { none: 'sql', gzip: 'sql.gz', zstd: 'sql.zst' }
export const contentTypes: Record<Compression, string> = {
  none: 'application/sql',
  gzip: 'application/gzip',
  zstd: 'application/zstd',
}

/** Names the file that a browser makes of an answer. */
export function nameFile(event: H3Event, database: string, compression: Compression, at: string): void {
  const stamp = at.slice(0, 16).replaceAll(/\D/g, '')
  event.res.headers.set('content-type', contentTypes[compression])
  event.res.headers.set('content-disposition', `attachment; filename="${database}-${stamp}.${extensions[compression]}"`)
}

/** Streams a dump. Throws `dump_not_found`. */
export async function downloadDump(ctx: Context, event: H3Event, id: string): Promise<ReadableStream> {
  const { database, compression, bytes, createdAt } = getDump(ctx, id)
  const handle = await open(`${process.env.HOSTING_PANEL_DUMPS ?? paths.dumps}/${id}`).catch(() => {
    throw new PanelError('dump_not_found', 404, 'The dump’s file is gone from this server')
  })
  nameFile(event, database, compression, createdAt)
  event.res.headers.set('content-length', String(bytes))
  const stream: ReadStream = createReadStream('', { fd: handle, highWaterMark: 256 * 1024 })
  return Readable.toWeb(stream) as ReadableStream
}

/** Deletes a dump before its time. Throws `dump_not_found`. */
export async function deleteDump(ctx: Context, id: string): Promise<void> {
  getDump(ctx, id)
  await ctx.agent.call('dumps.remove', { ids: [id] })
  removeDump(ctx.db, id)
}

/** Daily: deletes dumps whose time is over, and files that no row knows. Answers how many dumps were deleted. */
export async function pruneDumps(ctx: Context, ageOf: AgeOf): Promise<number> {
  const isOver = ({ createdAt, keptUntil }: DumpRow) =>
    ageOf(Date.parse(createdAt)) > Date.parse(keptUntil) - Date.parse(createdAt)
  const expired = listRows(ctx.db).filter(isOver)
  for (const { id } of expired) removeDump(ctx.db, id)
  await ctx.agent.call('dumps.prune', { keep: [...listRows(ctx.db).map(({ id }) => id), ...dumpsUnderWay(ctx.db)] })
  return expired.length
}
