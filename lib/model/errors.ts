import type { ErrorCode, StatusOf } from './error-codes.ts'

/**
 * The one error that reaches people: a stable `code` scripts may match on, an HTTP status, and a
 * message that says what to do. Anything else thrown is a bug and answers 500 without details.
 */
export class PanelError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C
  readonly status: number
  readonly details: Record<string, unknown> | undefined

  constructor(code: C, status: StatusOf<C>, message: string, details?: Record<string, unknown>) {
    super(message)
    this.name = 'PanelError'
    this.code = code
    this.status = status as number
    this.details = details
  }

  /** Passes on an error that another process, or a check, has found. */
  static relay({ code, status, message, details }: Told): PanelError {
    return new PanelError(code as ErrorCode, status as never, message, details)
  }
}

interface Told {
  code: string
  status: number
  message: string
  details?: Record<string, unknown> | undefined
}

/** Refuses a field of the input. `path` is the field's name, as `redirects.0.to`. */
export const invalidInput = (path: string, message: string): PanelError<'invalid_input'> =>
  new PanelError('invalid_input', 422, message, { issues: [{ path, message }] })

/** Any error as one that may be told. The unexpected goes to the log. */
export function toPanelError(error: unknown): PanelError {
  if (error instanceof PanelError) return error
  const { status, code } = error as { status?: number; code?: string }
  if (status === 400) return new PanelError('bad_request', 400, 'The address is malformed')
  if (code === 'SQLITE_FULL' || code === 'ENOSPC')
    return new PanelError('disk_full', 507, 'The disk is full, so nothing was changed. Free some space and try again')
  console.error(error)
  return new PanelError('internal_error', 500, 'The panel failed; its log says why (journalctl -u hosting-panel)')
}
