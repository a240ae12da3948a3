import type { Change } from '../../model/protocol/change.ts'
import type { DesiredSite } from '../../model/protocol/desired.ts'
import type { Context } from '../http/context.ts'
import { readServerSpec } from '../settings/settings.ts'
import { beginRemoval } from '../store/sites.ts'
import { finish } from './change.ts'
import { getSite } from './read.ts'

const absence = (domain: string, purge: boolean): DesiredSite => ({
  ensure: 'absent',
  domain,
  files: purge ? 'purge' : 'trash',
})

export async function planDeletion(ctx: Context, domain: string, purge: boolean): Promise<Change[]> {
  getSite(ctx, domain)
  const { changes } = await ctx.agent.call('sites.plan', {
    desired: absence(domain, purge),
    server: await readServerSpec(ctx),
  })
  return changes
}

/** Deletes a site. Its files go to the trash for 30 days, whose path it answers, or are gone at once with `purge`. */
export async function deleteSite(ctx: Context, domain: string, purge: boolean): Promise<{ trash: string | null }> {
  getSite(ctx, domain)
  beginRemoval(ctx.db, domain, purge ? 'purge' : 'trash')
  const changes = await finish(ctx, absence(domain, purge))
  const moved = changes.find(({ kind, name }) => kind === 'tree' && name === `/var/www/${domain}`)
  return { trash: purge ? null : (/^move to (\S+),/.exec(moved?.summary ?? '')?.[1] ?? null) }
}
