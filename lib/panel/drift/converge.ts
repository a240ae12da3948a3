import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { ServerSpec } from '../../model/protocol/desired.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { bansSpec } from '../bans/settings.ts'
import { listDatabaseSpecs } from '../databases/read.ts'
import { settledFirewall } from '../firewall/settings.ts'
import type { Context } from '../http/context.ts'
import { enqueue } from '../pending-changes/pending-changes.ts'
import { readRanges } from '../settings/trusted-networks.ts'
import { readServerSpec } from '../settings/settings.ts'
import { listSpecs } from '../sites/read.ts'
import { changeWhole } from '../sites/whole.ts'
import { listPending } from '../store/pending-changes.ts'

type OnProgress = (progress: Progress) => void

/** Compares the desired state with the machine, sites that only the machine has included. */
export const drift = async (ctx: Context): Promise<Change[]> => planTo(ctx, await readServerSpec(ctx))

/** The same with other settings than the stored ones. */
export async function planTo(ctx: Context, server: ServerSpec): Promise<Change[]> {
  return (
    await ctx.agent.call('server.drift', {
      server,
      sites: listSpecs(ctx),
      databases: listDatabaseSpecs(ctx),
      proxies: readRanges(),
      bans: await bansSpec(ctx, server),
      firewall: await settledFirewall(ctx),
    })
  ).changes
}

/** Makes the whole server as desired. With `removeOrphans`, sites the store does not know go to the trash. */
export const convergeServer = (
  ctx: Context,
  { removeOrphans }: { removeOrphans: boolean },
  onProgress?: OnProgress,
): Promise<Change[]> => enqueue(async () => convergeTo(ctx, await readServerSpec(ctx), removeOrphans, onProgress))

/** The same with other settings than the stored ones. Throws `change_pending` while a site's domain is not known. */
export async function convergeTo(
  ctx: Context,
  server: ServerSpec,
  removeOrphans = false,
  onProgress?: OnProgress,
): Promise<Change[]> {
  return changeWhole(ctx, async () => {
    refuseRenaming(ctx)
    const [bans, firewall] = [await bansSpec(ctx, server), await settledFirewall(ctx)]
    const [sites, databases, proxies] = [listSpecs(ctx), listDatabaseSpecs(ctx), readRanges()]
    const input = { server, sites, databases, proxies, bans, firewall, removeOrphans }
    return (await ctx.agent.call('server.converge', input, onProgress)).changes
  })
}

/** The store knows a site under its new domain before the machine does: its files would go as nobody's. */
function refuseRenaming(ctx: Context): void {
  const found = listPending(ctx.db, 'site').find(({ change }) => change === 'rename')
  if (!found) return
  throw new PanelError(
    'change_pending',
    409,
    `${found.name} is getting this domain, and it is not known yet whether it has. Nothing was changed; try again in ` +
      'a moment',
  )
}
