import { PanelError } from '../../model/errors.ts'
import { queue } from '../../model/protocol/queue.ts'
import type { Storage } from '../../model/sites/schema.ts'
import { changeDatabase } from '../databases/change.ts'
import type { Context } from '../http/context.ts'
import { applySite } from '../sites/change.ts'
import { findDatabase } from '../store/databases.ts'
import { findSite } from '../store/sites.ts'
import { noteFull } from '../store/usage.ts'
import { readDisk } from '../usage/limits.ts'
import { measure, measureDue } from '../usage/measure.ts'
import { tellStorage } from './tell.ts'
import { findVerdicts, type SiteVerdict, type Verdicts } from './verdicts.ts'

/** A site or a database that could not be held or let go. */
interface Failure {
  name: string
  error: unknown
}

const enqueue = queue()

/**
 * Measures the sites that are due, or those that are named; keeps from growing what has reached its limit, lets go what
 * is below it again, and tells. One look at a time. Answers what failed while the rest was done.
 */
export const lookAtStorage = (ctx: Context, now: number, named?: string[]): Promise<Failure[]> =>
  enqueue(() => look(ctx, now, named))

/** Measures a site now, and holds it or lets it go. Throws what kept it from that. */
export async function lookAtSite(ctx: Context, domain: string): Promise<void> {
  const failed = (await lookAtStorage(ctx, Date.now(), [domain])).find(({ name }) => name === domain)
  if (failed) throw failed.error
}

async function look(ctx: Context, now: number, named?: string[]): Promise<Failure[]> {
  const disk = readDisk()
  await (named ? measure(ctx, named) : measureDue(ctx, disk, now))
  const verdicts = await findVerdicts(ctx, disk)
  for (const verdict of verdicts.sites) noteBaseline(ctx, verdict)
  const failures = await applyVerdicts(ctx, verdicts)
  tellStorage(ctx, verdicts.sites, new Date(now))
  await ctx.agent.call('sites.hold', { sites: verdicts.sites.map(toHold) })
  return failures
}

/** Notes the use at the look after a site became full: work that was under way then has ended. */
function noteBaseline(ctx: Context, { domain, before, storage, used, whenFull }: SiteVerdict): void {
  if (storage === 'ok' && whenFull) noteFull(ctx.db, domain, null)
  if (storage !== 'ok' && before !== 'ok' && !whenFull) noteFull(ctx.db, domain, used)
}

const toHold = ({ domain, room }: SiteVerdict) => ({
  domain,
  diskMb: Number.isFinite(room.bytes) ? Math.floor(room.bytes / 1024 / 1024) : null,
  files: Number.isFinite(room.files) ? Math.floor(room.files) : null,
})

/** Applies verdicts, and answers what failed. Something that is being changed right now waits for the next look. */
async function applyVerdicts(ctx: Context, { sites, databases }: Verdicts): Promise<Failure[]> {
  const failures: Failure[] = []
  const attempt = (name: string, work: Promise<void>) =>
    work.catch((error: unknown) => {
      if (error instanceof PanelError && ['site_busy', 'database_busy'].includes(error.code)) return
      failures.push({ name, error })
    })
  for (const { domain, storage } of sites) await attempt(domain, setStorage(ctx, domain, storage))
  for (const { name, full } of databases) await attempt(name, setFull(ctx, name, full))
  return failures
}

/** Its app starts again, limited or free of it, when the supervisor is asked next. */
async function setStorage(ctx: Context, domain: string, storage: Storage): Promise<void> {
  const row = findSite(ctx.db, domain)
  if (!row || row.spec.storage === storage) return
  await applySite(ctx, { ...row.spec, storage }, 'update', row.owner)
  if (row.spec.app) await ctx.supervisor.call('stop', { domain })
  console.log(`${domain}: its use of the disk was ${row.spec.storage}, and is ${storage}`)
}

async function setFull(ctx: Context, name: string, full: boolean): Promise<void> {
  const row = findDatabase(ctx.db, name)
  if (row && row.spec.full !== full) await changeDatabase(ctx, { ...row.spec, full })
}
