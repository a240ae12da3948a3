import { createHash, randomBytes } from 'node:crypto'
import type { Cache, CacheSpec, CacheChanges } from '../../model/caches/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { applySite, planSite } from '../sites/change.ts'
import { getSite, getSpec } from '../sites/read.ts'
import { refuseContradictions } from '../sites/spec.ts'
import { getCache } from './read.ts'
import { forgiveOffences } from './script-offences.ts'

/** 32 characters. Redis and the store keep the hash alone; nobody guesses what has 192 bits. */
function newPassword(): { password: string; hash: string } {
  const password = randomBytes(24).toString('base64url')
  return { password, hash: createHash('sha256').update(password).digest('hex') }
}

/** Shows what other caches would change on the machine. Throws `invalid_input`. */
export const planCache = (ctx: Context, domain: string, changes: CacheChanges): Promise<Change[]> =>
  planSite(ctx, changed(ctx, domain, changes).spec, 'update')

/** Makes a site's caches so. The answer has the password of a Redis user that is new. Throws `invalid_input`. */
export async function updateCache(ctx: Context, domain: string, changes: CacheChanges): Promise<Cache> {
  const { spec, password } = changed(ctx, domain, changes)
  await applySite(ctx, spec, 'update', getSite(ctx, domain).owner)
  return getCache(ctx, domain, password)
}

function changed(ctx: Context, domain: string, { redis, page }: CacheChanges): { spec: SiteSpec; password?: string } {
  const spec = getSpec(ctx, domain)
  const made = redis && !spec.cache.redis ? newPassword() : null
  const next = withCache(spec, {
    redis: redis ? (made ? { hash: made.hash } : spec.cache.redis) : null,
    page,
    scripts: spec.cache.scripts,
  })
  refuseContradictions(next)
  return { spec: next, ...(made && { password: made.password }) }
}

const withCache = (spec: SiteSpec, cache: CacheSpec): SiteSpec => ({ ...spec, cache })

/** Gives a site another password of Redis and ends the connections that came with the old one. Throws `redis_off`. */
export async function renewPassword(ctx: Context, domain: string): Promise<Cache> {
  const spec = withRedis(ctx, domain)
  const { password, hash } = newPassword()
  await applySite(ctx, withCache(spec, { ...spec.cache, redis: { hash } }), 'update', getSite(ctx, domain).owner)
  return getCache(ctx, domain, password)
}

/** Gives a site the right to scripts in Redis back, and forgets those that were ended. Throws `redis_off`. */
export async function allowScripts(ctx: Context, domain: string): Promise<Cache> {
  const spec = withRedis(ctx, domain)
  await applySite(ctx, withCache(spec, { ...spec.cache, scripts: true }), 'update', getSite(ctx, domain).owner)
  await forgiveOffences(ctx, domain)
  return getCache(ctx, domain)
}

/** A site's spec when it has Redis. Throws `redis_off`. */
export function withRedis(ctx: Context, domain: string): SiteSpec {
  const spec = getSpec(ctx, domain)
  if (!spec.cache.redis) throw new PanelError('redis_off', 409, `${domain} has no Redis; turn it on first`)
  return spec
}
