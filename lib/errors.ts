/**
 * The one error that reaches people: a stable `code` scripts may match on, an HTTP status, and a
 * message that says what to do. Anything else thrown is a bug and answers 500 without details.
 */
export class PanelError extends Error {
  readonly code: string
  readonly status: number
  readonly details: Record<string, unknown> | undefined

  constructor(code: string, status: number, message: string, details?: Record<string, unknown>) {
    super(message)
    this.name = 'PanelError'
    this.code = code
    this.status = status
    this.details = details
  }
}
