import { setImmediate as breathe } from 'node:timers/promises'
import { pageUsage } from '../../drivers/nginx/pages.ts'
import { usage } from '../../drivers/redis/keys.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { siteNames } from '../../model/sites/names.ts'
import { ownerOfConnection, readConnections } from '../../proc/connection-owner.ts'
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

let reading: Promise<string> | null = null

/** Reads the table of connections once for all that ask at once: a flood of them costs no more than one. */
const readTogether = (): Promise<string> =>
  (reading ??= breathe().then(() => {
    reading = null
    return readConnections()
  }))

/** The user whose program opened a connection of this machine to itself. */
export async function userOfConnection(connection: Parsed<'caches.caller'>): Promise<string | null> {
  const table = await readTogether()
  const uid = ownerOfConnection(connection, () => table)
  return uid === null ? null : passwd.userName(uid)
}
