import { PanelError } from '../../model/errors.ts'
import type { CommandResult, NewCommand } from '../../model/sites/commands.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { cancelTask } from '../jobs/cancel-task.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import { findSite } from '../store/sites.ts'

/** Commands that run, by their jobs, with their sites. */
const running = new Map<string, string>()

/**
 * Refuses commands in a site whose code does not run, or that goes. Throws `limit_reached`, `site_busy`,
 * `site_disabled`.
 */
export function refuseCommand(ctx: Context, domain: string): void {
  specOf(ctx, domain)
}

function specOf(ctx: Context, domain: string): SiteSpec {
  const site = findSite(ctx.db, domain)
  if (site?.pending === 'rename')
    throw new PanelError('site_busy', 409, `${domain} is getting its new domain right now; try again when that is done`)
  if (!site?.spec.enabled || site.pending === 'trash' || site.pending === 'purge')
    throw new PanelError('site_disabled', 409, `${domain} is disabled or being deleted; enable the site first`)
  if (site.spec.storage === 'over') throw new PanelError('limit_reached', 403, overLimit(domain))
  return site.spec
}

const overLimit = (domain: string): string =>
  `${domain} is over its disk limit, so its code does not run. Delete files and measure again, or have an ` +
  'administrator raise the limit'

/**
 * Runs a command as a site's user, in its folder, and answers its exit code. Throws `cancelled`, `command_timeout`,
 * `limit_reached`, `site_disabled`.
 */
export async function runCommand(
  ctx: Context,
  domain: string,
  { command, timeout }: NewCommand,
  job: JobHandle,
): Promise<CommandResult> {
  const spec = specOf(ctx, domain)
  running.set(job.id, domain)
  job.onCancel(() => void cancelTask(ctx, 'commands.cancel', job.id))
  try {
    return await ctx.agent.call('commands.run', { spec, task: job.id, command, timeout }, job.progress)
  } finally {
    running.delete(job.id)
  }
}

/** Ends all commands of a site that is disabled or goes. */
export async function endCommands(ctx: Context, domain: string): Promise<void> {
  const tasks = [...running].filter(([, site]) => site === domain).map(([task]) => task)
  await Promise.all(tasks.map((task) => cancelTask(ctx, 'commands.cancel', task)))
}
