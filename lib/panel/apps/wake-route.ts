import { setTimeout as sleep } from 'node:timers/promises'
import { HTTPResponse, type H3, type H3Event } from 'h3'
import { canonicalDomain } from '../../model/domain.ts'
import { PanelError, toPanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { failingPage, stoppedPage, wakingPage } from './pages.ts'
import { wake } from './wake.ts'

/** A browser is shown after this that the app is starting (ms); a program waits this long for it. */
const PAGE_TIMEOUT_MS = 2_000
const HOLD_TIMEOUT_MS = 30_000

/**
 * Where nginx sends a request that its app did not take: answered with the way to the app once it is up. nginx
 * proves itself with the secret only it knows, and tells the site, the method, how much of the request was
 * sent already, and how much was answered (lib/drivers/nginx/vhost.conf.ts).
 */
export function mountWake(app: H3, ctx: Context, isNginx: (event: H3Event) => boolean): void {
  app.get('/wake', async (event) => {
    const domain = canonicalDomain(event.req.headers.get('x-hosting-panel-site') ?? '')
    if (!isNginx(event) || !domain)
      throw new PanelError('not_found', 404, 'There is no such function; /api/openapi.json lists them all')
    return answer(ctx, event, domain)
  })
}

async function answer(ctx: Context, event: H3Event, domain: string): Promise<HTTPResponse> {
  if (isHalfDone(event)) return respond(502, failingPage(event), {})
  const isPage = isPageLoad(event)
  try {
    const awake = await Promise.race([
      wake(ctx, domain).then(() => true),
      sleep(isPage ? PAGE_TIMEOUT_MS : HOLD_TIMEOUT_MS, false),
    ])
    if (awake) return new HTTPResponse(null, { status: 200, headers: { 'x-accel-redirect': '@app' } })
    return isPage
      ? respond(503, wakingPage(event), { 'retry-after': '2', refresh: '2' })
      : respond(503, wakingPage(event), { 'retry-after': '5' })
  } catch (error) {
    const { code } = toPanelError(error)
    return respond(503, code === 'app_stopped' || code === 'not_an_app' ? stoppedPage(event) : failingPage(event), {
      'retry-after': '60',
    })
  }
}

/**
 * The app answered, in a way that nginx could not pass on: it is awake, and has done what it was asked. Or it had got
 * some of the request, and may have acted on it: only what changes nothing may be sent again (RFC 9110, 9.2).
 */
function isHalfDone(event: H3Event): boolean {
  const any = (what: string): boolean => /[1-9]/.test(event.req.headers.get(`x-hosting-panel-${what}`) ?? '')
  if (any('received')) return true
  return any('sent') && !['GET', 'HEAD', 'OPTIONS'].includes(event.req.headers.get('x-hosting-panel-method') ?? '')
}

/** A browser that shows the answer as a page, and can be given another one meanwhile. */
function isPageLoad(event: H3Event): boolean {
  const mode = event.req.headers.get('x-hosting-panel-fetch')
  const html = event.req.headers.get('accept')?.includes('text/html') ?? false
  return event.req.headers.get('x-hosting-panel-method') === 'GET' && html && (!mode || mode === 'navigate')
}

const respond = (
  status: number,
  { type, body }: { type: string; body: string },
  headers: Record<string, string>,
): HTTPResponse =>
  new HTTPResponse(body, {
    status,
    headers: { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers },
  })
