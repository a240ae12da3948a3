import { HTTPResponse } from 'h3'
import { PanelError } from '../errors.ts'

/** No answer of the API is kept by anybody, or taken for anything but what it says it is. */
const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** A value as JSON, a stream as it is. What was set on the event (cookies, Location) h3 adds. */
export function toResponse(value: unknown, status: number): HTTPResponse {
  if (value instanceof ReadableStream) return new HTTPResponse(value, { status, headers })
  if (status === 204) return new HTTPResponse(null, { status, headers })
  return new HTTPResponse(JSON.stringify(value), { status, headers: { ...headers, 'content-type': 'application/json' } })
}

/** The answer to an error: `{code, message, details?}`. What is not a PanelError tells nothing. */
export function toErrorResponse(error: unknown): HTTPResponse {
  const known = toPanelError(error)
  const { retryAfter, allow, ...details } = known.details ?? {}
  const extra = { ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }), ...(allow !== undefined && { allow: String(allow) }) }
  const body = { code: known.code, message: known.message, ...(Object.keys(details).length > 0 && { details }) }
  return new HTTPResponse(JSON.stringify(body), { status: known.status, headers: { ...headers, ...extra, 'content-type': 'application/json' } })
}

/** Any error as one that may be told. The unexpected goes to the log. */
export function toPanelError(error: unknown): PanelError {
  if (error instanceof PanelError) return error
  const { status, code } = error as { status?: number; code?: string }
  if (status === 400) return new PanelError('bad_request', 400, 'The address is malformed')
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') return new PanelError('disk_full', 507, 'The disk is full, so nothing was changed. Free some space and try again')
  console.error(error)
  return new PanelError('internal_error', 500, 'The panel failed; its log says why (journalctl -u hosting-panel)')
}
