import * as v from 'valibot'
import type { Context } from '../http/context.ts'
import { findAuditEntries, firstBrokenRow, type AuditFilter } from '../store/audit.ts'

const PAGE = 100

const words = v.pipe(v.string(), v.maxLength(253))

/** Filters of GET /api/audit. `before` is the id of the last entry seen: the next page. */
export const auditFilter = v.strictObject({
  text: v.optional(words),
  actor: v.optional(words),
  /** A whole name (`site.create`) or its beginning (`site`). */
  action: v.optional(words),
  object: v.optional(words),
  ok: v.optional(v.picklist(['true', 'false'])),
  from: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  to: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  before: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
})
type Filter = v.InferOutput<typeof auditFilter>

/** An entry as the API answers it. */
export const auditEntry = v.strictObject({
  id: v.number(),
  at: v.string(),
  actor: v.nullable(v.string()),
  address: v.string(),
  action: v.string(),
  object: v.nullable(v.string()),
  ok: v.boolean(),
  code: v.nullable(v.string()),
  details: v.unknown(),
  before: v.unknown(),
  after: v.unknown(),
})

/** A page of entries, the newest first. */
export function listAudit(
  ctx: Context,
  filter: Filter,
): { entries: v.InferOutput<typeof auditEntry>[]; more: boolean } {
  const found = findAuditEntries(ctx.db, toFilter(filter), PAGE + 1)
  return { entries: found.slice(0, PAGE), more: found.length > PAGE }
}

const toFilter = ({ ok, from, to, before, ...rest }: Filter): AuditFilter => ({
  ...rest,
  ok: ok === undefined ? undefined : ok === 'true',
  before: before === undefined ? undefined : Number(before),
  from: from && new Date(from).toISOString(),
  to: to && new Date(to).toISOString(),
})

/** How many entries the export reads at a time: its memory stays the same however long the record is. */
const CHUNK = 500

/** Every entry that fits, the newest first, as lines of JSON. */
export function exportAudit(ctx: Context, filter: Filter): ReadableStream<Uint8Array> {
  let before = filter.before === undefined ? undefined : Number(filter.before)
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull(controller) {
      const found = findAuditEntries(ctx.db, { ...toFilter(filter), before }, CHUNK)
      if (found.length === 0) return controller.close()
      before = found.at(-1)!.id
      controller.enqueue(encoder.encode(found.map((entry) => `${JSON.stringify(entry)}\n`).join('')))
    },
  })
}

/** Whether the record is as it was written; `broken` is the first entry that is not. */
export function verifyAudit(ctx: Context): { intact: boolean; broken: number | null } {
  const broken = firstBrokenRow(ctx.db)
  return { intact: broken === null, broken }
}
