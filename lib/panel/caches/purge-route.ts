import { HTTPResponse, type H3, type H3Event } from 'h3'
import * as v from 'valibot'
import { PanelError, toPanelError } from '../../model/errors.ts'
import { siteUser } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { listSpecs } from '../sites/read.ts'
import { flushPages } from './empty.ts'

const MOST_BYTES = 4_096
const wanted = v.strictObject({ address: v.optional(v.pipe(v.string(), v.maxLength(2_048))) })

/** Purges that are under way, by site: one that asks on and on has one at a time. */
const purging = new Set<string>()

/**
 * The address at which a site deletes pages of its own from the page cache: POST http://127.0.0.1/.hosting-panel/purge,
 * without a token. The kernel tells whose program is at the other end of the connection to nginx, and that user's site
 * it is.
 */
export function mountPurge(app: H3, ctx: Context, isNginx: (event: H3Event) => boolean): void {
  app.post('/purge', async (event) => {
    if (!isNginx(event)) throw new PanelError('not_found', 404, 'There is no such function')
    try {
      return answer(200, await purge(ctx, event))
    } catch (error) {
      const { status, code, message } = toPanelError(error)
      return answer(status, { code, message })
    }
  })
}

const answer = (status: number, body: object): HTTPResponse =>
  new HTTPResponse(`${JSON.stringify(body)}\n`, { status, headers: { 'content-type': 'application/json' } })

async function purge(ctx: Context, event: H3Event): Promise<{ pages: number }> {
  const domain = await siteOfCaller(ctx, event)
  const text = await event.req.text()
  const input = v.safeParse(wanted, text.length > MOST_BYTES ? null : parse(text))
  if (!input.success) throw new PanelError('invalid_input', 422, 'Send {} for all pages, or {"address": "/blog/"}')
  if (purging.has(domain)) throw new PanelError('too_many_at_once', 429, 'A purge of this site is under way')
  purging.add(domain)
  return flushPages(ctx, domain, input.output.address).finally(() => purging.delete(domain))
}

const parse = (text: string): unknown => {
  try {
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    return null
  }
}

async function siteOfCaller(ctx: Context, event: H3Event): Promise<string> {
  const number = (name: string): number => Number(event.req.headers.get(`x-hosting-panel-${name}`)) || 0
  const { user } = await ctx.agent.call('caches.caller', {
    address: event.req.headers.get('x-hosting-panel-peer') ?? '',
    port: number('peer-port'),
    server: event.req.headers.get('x-hosting-panel-server') ?? '',
    serverPort: number('server-port'),
  })
  const site = user === null ? undefined : listSpecs(ctx).find(({ domain }) => siteUser(domain) === user)
  if (site) return site.domain
  throw new PanelError('not_allowed', 403, 'Only programs of a site, run as its own user on this server, may ask this')
}
