import type { Readable, Writable } from 'node:stream'

interface Out extends Writable {
  isTTY?: boolean
  columns?: number
}

interface In extends Readable {
  isTTY?: boolean
  setRawMode?: (mode: boolean) => unknown
}

/** Streams of a command: the process's own, or a test's. */
export interface Terminal {
  stdin: In
  stdout: Out
  stderr: Out
  env: Record<string, string | undefined>
}

/** Colours only where a person looks and has not said no (https://no-color.org). */
export const isColoured = ({ env }: Terminal, out: Out): boolean =>
  out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'

/** Whether lines may be written over. */
export const isLive = ({ env }: Terminal, out: Out): boolean => out.isTTY === true && env.TERM !== 'dumb'

const codes = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const
export type Paint = (colour: keyof typeof codes, text: string) => string

export const painter =
  (coloured: boolean): Paint =>
  (colour, text) =>
    coloured ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text

/** A value that others wrote, without anything that a terminal obeys or that turns the reading direction. */
export const tame = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (found) =>
    found === '\n' ? '\\n' : found === '\t' ? '\\t' : `\\u${found.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )

/** The same for a text of several lines. */
export const tameLines = (text: string): string => text.split(/\r?\n/).map(tame).join('\n')
