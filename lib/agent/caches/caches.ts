import { pageUsage } from '../../drivers/nginx/pages.ts'
import { usage } from '../../drivers/redis/keys.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { siteNames } from '../../model/sites/names.ts'
import { ownerOfConnection } from '../../proc/connection-owner.ts'
import { passwd } from '../../system/passwd.ts'

/**
 * How full a site's caches are. A Redis that does not answer is a problem to be told, and no reason to tell nothing.
 */
export async function cachesUsage({ domain, redis, page }: Parsed<'caches.usage'>): Promise<Output<'caches.usage'>> {
  const asked = redis
    ? await usage(siteNames(domain).user).then((found) => ({ found, problem: null }), problemOf)
    : { found: null, problem: null }
  return { redis: asked.found, page: page ? await pageUsage(domain) : null, problem: asked.problem }
}

function problemOf(error: unknown): { found: null; problem: string } {
  if (!(error instanceof PanelError)) throw error
  return { found: null, problem: error.message }
}

/** The user whose program opened a connection of this machine to itself. */
export function userOfConnection(connection: Parsed<'caches.caller'>): string | null {
  const uid = ownerOfConnection(connection)
  return uid === null ? null : passwd.userName(uid)
}
