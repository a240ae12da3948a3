import { HTTPResponse } from 'h3'
import { toPanelError } from '../../model/errors.ts'

/** No answer of the API is kept by anybody, or taken for anything but what it says it is. */
const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** A value as JSON, a stream as it is. What was set on the event (cookies, Location) h3 adds. */
export function toResponse(value: unknown, status: number): HTTPResponse {
  if (value instanceof ReadableStream) return new HTTPResponse(value, { status, headers })
  if (status === 204) return new HTTPResponse(null, { status, headers })
  return new HTTPResponse(JSON.stringify(value), {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
  })
}

/** The answer to an error: `{code, message, details?}`. What is not a PanelError tells nothing. */
export function toErrorResponse(error: unknown): HTTPResponse {
  const known = toPanelError(error)
  const { retryAfter, allow, ...details } = known.details ?? {}
  const extra = {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(allow !== undefined && { allow: String(allow) }),
  }
  const body = { code: known.code, message: known.message, ...(Object.keys(details).length > 0 && { details }) }
  return new HTTPResponse(JSON.stringify(body), {
    status: known.status,
    headers: { ...headers, ...extra, 'content-type': 'application/json' },
  })
}
