import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import { isWithin } from '../../model/sites/site-path.ts'
import { belongingOfJob, sees } from '../auth/ownership.ts'
import type { Context } from '../http/context.ts'
import { findJob, listJobs as listRows, stepEvents, type JobRow } from '../store/jobs.ts'

const step = v.strictObject({
  name: v.string(),
  state: v.picklist(['running', 'done', 'failed']),
  startedAt: v.string(),
  endedAt: v.nullable(v.string()),
})

/** A job as the API answers it. */
export const job = v.strictObject({
  id: v.string(),
  name: v.string(),
  /** The address that was called, after `/api`: `/databases/shop/import`. */
  path: v.string(),
  /** Target: a site, a database. */
  subject: v.string(),
  /** The site it belongs to; null: none. */
  site: v.nullable(v.string()),
  actor: v.string(),
  state: v.picklist(['running', 'done', 'failed', 'interrupted']),
  percent: v.number(),
  steps: v.array(step),
  result: v.unknown(),
  error: v.nullable(v.strictObject({ code: v.string(), message: v.string() })),
  /** Whether DELETE ends it early. */
  cancellable: v.boolean(),
  createdAt: v.string(),
  endedAt: v.nullable(v.string()),
})
export type Job = v.InferOutput<typeof job>

export const jobFilter = v.strictObject({
  state: v.optional(v.picklist(['running', 'done', 'failed', 'interrupted'])),
  /** Those begun at this address or below it: `/databases/shop`. */
  under: v.optional(v.pipe(v.string(), v.maxLength(500))),
})

/** Lists the newest jobs first: all for administrators, their own for users, one site's for a token of that site. */
export const listJobs = (ctx: Context, viewer: Identity, { state, under }: v.InferOutput<typeof jobFilter>): Job[] =>
  listRows(ctx.db)
    .filter(
      (row) =>
        sees(viewer, belongingOfJob(row)) && (!state || row.state === state) && (!under || isWithin(row.path, under)),
    )
    .map((row) => toJob(ctx, row))

/** One job. Throws `job_not_found`. */
export function getJob(ctx: Context, id: string): Job {
  const row = findJob(ctx.db, id)
  if (!row) throw new PanelError('job_not_found', 404, 'There is no such job; the last 200 are kept')
  return toJob(ctx, row)
}

/**
 * A step ends when the next begins, and failed if the next is a rollback; the last one ends as the job does, unless it
 * is one itself. Events call a rollback `mends`.
 */
function toJob(ctx: Context, row: JobRow): Job {
  const begun = stepEvents(ctx.db, row.id)
  const steps = begun.map(({ data, at }, index): Job['steps'][number] => {
    const next = begun[index + 1]
    const rolledBack = row.state === 'failed' && data.mends === true && row.error?.code !== 'not_put_back'
    const last = row.state === 'running' ? 'running' : row.state === 'done' || rolledBack ? 'done' : 'failed'
    return {
      name: String(data.name),
      state: next ? (next.data.mends ? 'failed' : 'done') : last,
      startedAt: at,
      endedAt: next?.at ?? row.endedAt,
    }
  })
  return { ...row, steps, cancellable: ctx.jobs.isCancellable(row.id) }
}
