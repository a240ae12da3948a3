import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { phpVersion, type PhpVersion } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { listSites } from '../sites/read.ts'

/** Answer of GET /api/php/versions. */
export const phpVersions = v.strictObject({
  versions: v.array(
    v.strictObject({
      version: phpVersion,
      installed: v.boolean(),
      /** Whether the server's package sources have it. */
      available: v.boolean(),
      /** How many of the sites that the caller sees run on it. */
      sites: v.number(),
    }),
  ),
})
export type PhpVersions = v.InferOutput<typeof phpVersions>
type OnProgress = (progress: Progress) => void

export async function listPhpVersions(ctx: Context, viewer: Identity): Promise<PhpVersions> {
  return withSites(ctx, await ctx.agent.call('php.list', { available: true }), viewer)
}

/** Installs a version. Throws `php_version_unavailable` when the package sources do not have it. */
export async function installPhp(ctx: Context, version: PhpVersion, onProgress: OnProgress): Promise<PhpVersions> {
  return withSites(ctx, await ctx.agent.call('php.install', { version }, onProgress))
}

/** Throws `php_version_in_use` while sites run on a version. */
export function refuseUsed(ctx: Context, version: PhpVersion): void {
  const users = listSites(ctx).filter((site) => site.phpVersion === version)
  if (users.length > 0) {
    throw new PanelError(
      'php_version_in_use',
      409,
      `${users.length} sites run PHP ${version}, such as ${users[0]!.domain}; move them to another version first`,
    )
  }
}

/** Removes a version. Throws `php_version_in_use`. */
export async function removePhp(ctx: Context, version: PhpVersion, onProgress: OnProgress): Promise<PhpVersions> {
  refuseUsed(ctx, version)
  return withSites(ctx, await ctx.agent.call('php.remove', { version }, onProgress))
}

async function withSites(ctx: Context, { versions }: Output<'php.list'>, viewer?: Identity): Promise<PhpVersions> {
  const sites = listSites(ctx, viewer)
  return {
    versions: versions.map((entry) => ({
      ...entry,
      sites: sites.filter((site) => site.phpVersion === entry.version).length,
    })),
  }
}
