import * as v from 'valibot'

/** Seconds that a command may take. */
export const commandTimeouts = { usual: 600, most: 86_400 } as const

const word = v.pipe(
  v.string(),
  v.maxBytes(8_192),
  v.check((text) => !text.includes('\0') && text.isWellFormed(), 'A word cannot hold a NUL or broken characters'),
)

/** A program and its arguments, a word each: no shell reads them. */
export const commandWords = v.pipe(
  v.array(word),
  v.minLength(1, 'Name a program'),
  v.maxLength(200),
  v.check(([program]) => program !== '', 'Name a program'),
  v.check((words) => words.join(' ').length <= 32_768, 'Write at most 32,768 characters'),
)

/** Input of POST /api/sites/{site}/commands. */
export const newCommand = v.strictObject({
  command: commandWords,
  /** Seconds after which it is ended, with all that it started. */
  timeout: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(commandTimeouts.most)),
    commandTimeouts.usual,
  ),
})
export type NewCommand = v.InferOutput<typeof newCommand>

/** End of a command that was not cut off. */
export const commandResult = v.strictObject({ exitCode: v.number() })
export type CommandResult = v.InferOutput<typeof commandResult>
