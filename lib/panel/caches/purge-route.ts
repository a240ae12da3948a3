import type { H3, H3Event } from 'h3'
import * as v from 'valibot'
import { PanelError } from '../../model/errors.ts'
import { siteUser } from '../../model/sites/names.ts'
import { createRateLimit } from '../auth/rate-limit.ts'
import { createAtOnce, usualCalls } from '../http/at-once.ts'
import type { Context } from '../http/context.ts'
import { toResponse } from '../http/respond.ts'
import { allDomains } from '../store/sites.ts'
import { flushPages } from './empty.ts'

const MOST_BYTES = 4_096
const MOST_A_MINUTE = 120
const wanted = v.strictObject({ address: v.optional(v.pipe(v.string(), v.maxLength(2_048))) })

/** A purge that was asked for is made, even if its program no longer waits: it published something. */
const never = new AbortController().signal

/**
 * The address at which a site deletes pages of its own from the page cache: POST http://127.0.0.1/.hosting-panel/purge,
 * without a token. The kernel tells whose program is at the other end of the connection to nginx, and that user's site
 * it is. Purges of one site wait for each other, and one that waits serves all that ask for the same meanwhile, so that
 * none is lost and no site keeps the panel busy.
 */
export function mountPurge(app: H3, ctx: Context, isNginx: (event: H3Event) => boolean): void {
  const limit = createRateLimit()
  const purge = purger(ctx)
  app.post('/purge', async (event) => {
    if (!isNginx(event))
      throw new PanelError('not_found', 404, 'There is no such function; /api/openapi.json lists them all')
    const user = await callerOf(ctx, event)
    limit.take(user, MOST_A_MINUTE)
    const domain = siteOf(ctx, user)
    const { address } = await read(event)
    return toResponse(await purge(domain, address), 200)
  })
}

type Purged = Promise<{ pages: number }>

/** Purges one after the other. Requests for the same, or for less, share a purge that has not begun. */
function purger(ctx: Context): (domain: string, address?: string) => Purged {
  const turns = createAtOnce({ ...usualCalls, user: { running: 1, waiting: 20 } })
  const waiting = new Map<string, Purged>()
  return (domain, address = '') => {
    const key = `${domain} ${address}`
    const known = waiting.get(`${domain} `) ?? waiting.get(key)
    if (known) return known
    const end = () => waiting.get(key) === purged && waiting.delete(key)
    const purged: Purged = turns.run({ username: domain, role: 'user' }, never, () => {
      end()
      return flushPages(ctx, domain, address || undefined)
    })
    waiting.set(key, purged)
    purged.catch(end)
    return purged
  }
}

/** The user whose program asks; '' for one that is not on this server. */
async function callerOf(ctx: Context, event: H3Event): Promise<string> {
  const header = (name: string): string => event.req.headers.get(`x-hosting-panel-${name}`) ?? ''
  const { user } = await ctx.agent.call('caches.caller', {
    address: header('peer'),
    port: Number(header('peer-port')) || 0,
    server: header('server'),
    serverPort: Number(header('server-port')) || 0,
  })
  return user ?? ''
}

function siteOf(ctx: Context, user: string): string {
  const domain = allDomains(ctx.db).find((name) => siteUser(name) === user)
  if (domain !== undefined) return domain
  const message =
    'Only programs of a site’s own user on this server may purge, over IPv4, and must wait for the answer. Shared ' +
    'sites use an API token'
  throw new PanelError('not_allowed', 403, message)
}

async function read(event: H3Event): Promise<v.InferOutput<typeof wanted>> {
  const text = await event.req.text()
  const input = v.safeParse(wanted, text.length > MOST_BYTES ? null : parse(text))
  if (input.success) return input.output
  throw new PanelError('invalid_input', 422, 'Send {} for all pages, or {"address": "/blog/"}')
}

const parse = (text: string): unknown => {
  try {
    const value: unknown = text.trim() === '' ? {} : JSON.parse(text)
    return Array.isArray(value) ? null : value
  } catch {
    return null
  }
}
