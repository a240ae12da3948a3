import type { Facts } from '../../drivers/facts.ts'
import { renderUser } from '../../drivers/redis/acl.conf.ts'
import { paths } from '../../model/paths.ts'
import { siteNames, WEB_USER } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Resource } from '../resources/resource.ts'

/** Its user of Redis, with the rights that Redis's version knows; and where nginx keeps its pages. */
export function describeCaches({ domain, cache }: SiteSpec, { redis }: Facts): Resource[] {
  const { user, redisUser, pageCache } = siteNames(domain)
  const line = cache.redis
    ? renderUser({ name: user, hash: cache.redis.hash, scripts: cache.scripts }, redis?.version ?? [7, 0])
    : null
  return [
    {
      kind: 'file',
      name: redisUser,
      state: line === null ? null : { owner: 'root', group: 'root', mode: 0o600, content: line },
      secret: true,
    },
    cache.page
      ? { kind: 'directory', name: pageCache, state: { owner: WEB_USER, group: WEB_USER, mode: 0o700 } }
      : withoutPages(domain),
  ]
}

/** Moves the pages that nginx keeps out of its way; they go once the change has ended. */
export const withoutPages = (domain: string): Resource => ({
  kind: 'tree',
  name: siteNames(domain).pageCache,
  state: { at: `${paths.pageCaches}/.trash/purge-${domain}` },
})
