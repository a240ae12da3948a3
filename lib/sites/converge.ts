import type { Change, Input, Progress } from '../agent/protocol.ts'
import type { Context } from '../function/context.ts'
import { settings } from '../settings/settings.ts'
import { listSites } from './read.ts'
import { specOf } from './spec.ts'

async function desired(ctx: Context): Promise<Input<'server.drift'>> {
  return { server: await settings(ctx), sites: (await listSites(ctx)).map(specOf) }
}

/** What differs between the store's wishes and the machine, sites that only the machine has included. */
export async function drift(ctx: Context): Promise<Change[]> {
  return (await ctx.agent.call('server.drift', await desired(ctx))).changes
}

/** Makes the whole server as the store wishes. With `removeOrphans`, sites the store does not know go to the trash. */
export async function convergeServer(
  ctx: Context, options: { removeOrphans: boolean }, onProgress?: (progress: Progress) => void,
): Promise<Change[]> {
  const input = { ...(await desired(ctx)), removeOrphans: options.removeOrphans }
  return (await ctx.agent.call('server.converge', input, onProgress)).changes
}
