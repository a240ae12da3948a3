import { H3, type H3Event } from 'h3'
import { PanelError } from '../model/errors.ts'
import { createRateLimit } from './auth/rate-limit.ts'
import { createAtOnce, usualJobs } from './http/at-once.ts'
import type { Context } from './http/context.ts'
import type { AnyFunction } from './http/define.ts'
import { handler, usualLimits, type Limits } from './http/handle.ts'
import { toErrorResponse } from './http/respond.ts'
import { createStreams, type Streams } from './http/streams.ts'

/** The whole API: every function of the manifest at its route, and sane answers everywhere else. */
export function createApp(
  ctx: Context,
  manifest: Record<string, AnyFunction>,
  addressOf: (event: H3Event) => string,
  limits: Limits = usualLimits,
  streams: Streams = createStreams(),
): H3 {
  const app = new H3({ silent: true, onError: (error) => toErrorResponse(error.cause ?? error) })
  const limit = createRateLimit()
  const [calls, jobs] = [createAtOnce(), createAtOnce(usualJobs)]
  const allowed = new Map<string, string[]>()
  for (const [operation, definition] of Object.entries(manifest)) {
    refuseUndeclared(operation, definition)
    const [method, path] = operation.split(' ') as [string, string]
    const route = path.replaceAll(/\{(\w+)\}/g, ':$1')
    const guard = { operation, limit, limits, addressOf, streams, calls, jobs }
    app.on(method as 'GET', route, handler(ctx, definition, guard))
    allowed.set(route, [...(allowed.get(route) ?? []), method])
  }
  for (const [route, list] of allowed) app.all(route, () => toErrorResponse(wrongMethod(list)))
  app.all('/**', () =>
    toErrorResponse(new PanelError('not_found', 404, 'There is no such function; /api/openapi.json lists them all')),
  )
  return app
}

/** Origin check and audit hang on these: a function without them must not be reachable at all. */
function refuseUndeclared(operation: string, { scope, audit }: AnyFunction): void {
  if (!operation.startsWith('GET ') && !(scope && audit))
    throw new Error(`${operation} changes something, so it must declare scope and audit`)
}

const wrongMethod = (allow: string[]): PanelError =>
  new PanelError('method_not_allowed', 405, `This address takes ${allow.join(', ')}`, { allow: allow.join(', ') })
