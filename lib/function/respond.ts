import { PanelError } from '../errors.ts'

/** No answer of the API is kept by anybody, or taken for anything but what it says it is. */
const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** A value as JSON, a stream as it is. What was set on the event (cookies, Location) h3 adds. */
export function toResponse(value: unknown, status: number): Response {
  if (value instanceof ReadableStream) return new Response(value, { status, headers })
  if (status === 204) return new Response(null, { status, headers })
  return new Response(JSON.stringify(value), { status, headers: { ...headers, 'content-type': 'application/json' } })
}

/** The answer to an error: `{code, message, details?}`. What is not a PanelError tells nothing. */
export function toErrorResponse(error: unknown): Response {
  const known = error instanceof PanelError ? error : unknown(error)
  const { retryAfter, allow, ...details } = known.details ?? {}
  const extra = { ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }), ...(allow !== undefined && { allow: String(allow) }) }
  const body = { code: known.code, message: known.message, ...(Object.keys(details).length > 0 && { details }) }
  return new Response(JSON.stringify(body), { status: known.status, headers: { ...headers, ...extra, 'content-type': 'application/json' } })
}

function unknown(error: unknown): PanelError {
  const status = (error as { status?: number }).status
  if (status === 400) return new PanelError('bad_request', 400, 'The address is malformed')
  console.error(error)
  return new PanelError('internal_error', 500, 'The panel failed; its log says why (journalctl -u hosting-panel)')
}
