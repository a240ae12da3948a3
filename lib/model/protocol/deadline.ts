import type { IncomingHttpHeaders } from 'node:http'
import { PanelError } from '../errors.ts'

/** Until when a request may be begun: nanoseconds of the monotonic clock, which all processes of a boot share. */
export const deadlineHeader = 'x-deadline'

/** Header that names the caller of a request. */
export const callerHeader = 'x-on-behalf-of'

const names = /^[\w.@()-]{1,64}$/

export const newDeadline = (ms: number): bigint => process.hrtime.bigint() + BigInt(Math.round(ms * 1e6))

/** Error for work that is not begun, because its caller no longer waits. */
export const tooLate = (): PanelError =>
  new PanelError(
    'too_late',
    503,
    'The server is too busy to begin this in time, so nothing was done; try again in a moment',
  )

/** Throws `too_late` once a request's deadline is over. One that has none may always be begun. */
export function refuseLate(headers: IncomingHttpHeaders): void {
  const deadline = headers[deadlineHeader]
  if (deadline === undefined) return
  if (!/^\d{1,30}$/.test(String(deadline))) throw new PanelError('invalid_request', 400, 'Not a deadline')
  if (process.hrtime.bigint() > BigInt(String(deadline))) throw tooLate()
}

/** Reads the caller from a request's header; null without one. Throws `invalid_request`. */
export function callerOf(headers: IncomingHttpHeaders): string | null {
  const text = headers[callerHeader]
  if (text === undefined) return null
  const name = decode(String(text))
  if (!names.test(name)) throw new PanelError('invalid_request', 400, 'Not a caller’s name')
  return name
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
