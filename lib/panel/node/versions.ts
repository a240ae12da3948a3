import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import { nodeVersion, type NodeVersion } from '../../model/node/schema.ts'
import type { Output } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import type { Context } from '../http/context.ts'
import { listSites } from '../sites/read.ts'

/** Answer of GET /api/node/versions. */
export const nodeVersions = v.strictObject({
  versions: v.array(
    v.strictObject({
      version: nodeVersion,
      installed: v.boolean(),
      /** The release that is installed, such as 22.23.3. */
      fullVersion: v.nullable(v.string()),
      /** How many of the sites that the caller sees run on it. */
      sites: v.number(),
    }),
  ),
})
export type NodeVersions = v.InferOutput<typeof nodeVersions>
type OnProgress = (progress: Progress) => void

export async function listNodeVersions(ctx: Context, viewer: Identity): Promise<NodeVersions> {
  return withSites(ctx, await ctx.agent.call('node.list', {}), viewer)
}

/** Installs a version, or brings it up to its newest release. Throws `node_install_failed`. */
export async function installNode(ctx: Context, version: NodeVersion, onProgress: OnProgress): Promise<NodeVersions> {
  return withSites(ctx, await ctx.agent.call('node.install', { version }, onProgress))
}

/** Throws `node_version_in_use` while sites run on a version. */
export function refuseUsed(ctx: Context, version: NodeVersion): void {
  const users = listSites(ctx).filter((site) => site.nodeVersion === version)
  if (users.length > 0) {
    throw new PanelError(
      'node_version_in_use',
      409,
      `${users.length} sites run on Node ${version}, such as ${users[0]!.domain}; move them to another version first`,
    )
  }
}

/** Removes a version. Throws `node_version_in_use`. */
export async function removeNode(ctx: Context, version: NodeVersion): Promise<NodeVersions> {
  refuseUsed(ctx, version)
  return withSites(ctx, await ctx.agent.call('node.remove', { version }))
}

/** Removes the versions that have been here for a week and that no site runs on. Answers which. */
export async function pruneNode(ctx: Context): Promise<NodeVersion[]> {
  const used = new Set(listSites(ctx).flatMap((site) => site.nodeVersion ?? []))
  return (await ctx.agent.call('node.prune', { keep: [...used] })).removed
}

async function withSites(ctx: Context, { versions }: Output<'node.list'>, viewer?: Identity): Promise<NodeVersions> {
  const sites = listSites(ctx, viewer)
  return {
    versions: nodeVersion.options.map((version) => {
      const fullVersion = versions.find((entry) => entry.version === version)?.fullVersion ?? null
      return {
        version,
        installed: fullVersion !== null,
        fullVersion,
        sites: sites.filter((site) => site.nodeVersion === version).length,
      }
    }),
  }
}
