import { is } from 'valibot'
import { pagePath } from '../../model/caches/schema.ts'
import { invalidInput, PanelError } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { covers } from '../../model/wildcard.ts'
import { namesOf } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { getSpec } from '../sites/read.ts'
import { withRedis } from './update.ts'

/** Flushes all that a site has in Redis. Throws `redis_off`, and the agent's `redis_down`. */
export async function flushRedis(ctx: Context, domain: string): Promise<{ keys: number }> {
  withRedis(ctx, domain)
  return ctx.agent.call('caches.flush', { domain })
}

/** Flushes the kept pages of an address, or all. Throws `page_cache_off`, `invalid_input`. */
export async function flushPages(ctx: Context, domain: string, address?: string): Promise<{ pages: number }> {
  const spec = getSpec(ctx, domain)
  if (!spec.cache.page)
    throw new PanelError('page_cache_off', 409, `${domain} keeps no pages; turn its page cache on first`)
  return ctx.agent.call('caches.flushPages', { domain, path: address === undefined ? null : pathOf(spec, address) })
}

/** The path of an address, which may be a path already. One with a name of others is no page of this site. */
export function pathOf(spec: Pick<SiteSpec, 'domain' | 'aliases' | 'redirectWww'>, address: string): string {
  const url =
    /^(?:\/(?!\/)|https?:\/\/)/.test(address) && !/[\x00-\x20\x7f\\]/.test(address)
      ? URL.parse(address, `http://${spec.domain}`)
      : null
  if (!url || !covers(namesOf(spec), url.hostname) || !is(pagePath, url.pathname)) {
    const message = `Write a path such as /blog/, or an address such as https://${spec.domain}/blog/`
    throw invalidInput('address', message)
  }
  return url.pathname
}
