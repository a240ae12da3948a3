import type { Context } from '../http/context.ts'
import { listSpecs } from './read.ts'

/** Deletes expired sessions and unused temporary files of all sites; those of a runtime it had before, too. */
export function pruneTemporary(ctx: Context): Promise<{ removed: number; logs: number }> {
  const sites = listSpecs(ctx).map(({ domain, phpVersion, phpSettings: { ini } }) => ({
    domain,
    phpVersion,
    sessionSeconds: Number(ini['session.gc_maxlifetime']) || null,
  }))
  return ctx.agent.call('sites.prune', { sites })
}
