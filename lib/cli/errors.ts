/**
 * How a command ends: 0 done, 1 refused by the panel, 2 called wrongly, 3 the panel does not answer, 130 interrupted.
 */
export const exits = { done: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const

/** Ends the command with a message on standard error. `raw` is what --json prints in its place. */
export class Ending extends Error {
  readonly exit: number
  readonly raw: string | undefined

  constructor(exit: number, message: string, raw?: string) {
    super(message)
    this.exit = exit
    this.raw = raw
  }
}

export const usage = (message: string): Ending => new Ending(exits.usage, message)
export const unreachable = (message: string): Ending => new Ending(exits.unreachable, message)
