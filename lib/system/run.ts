import { realpath } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { PanelError } from '../model/errors.ts'
import { caller } from '../model/protocol/caller.ts'
import { createLineSplitter } from './lines.ts'

/** A program and its arguments. Never a shell line. */
export type Argv = readonly [file: string, ...args: string[]]

export interface RunOptions {
  /** Written to the program's standard input; the only way a secret reaches a program. */
  input?: string
  /** Added to the small clean environment every program gets. */
  env?: Record<string, string>
  /** Seconds until the program is ended; 60 unless told. */
  timeout?: number
  /** Called with each line the program prints, while it runs; the next one is read once its promise is settled. */
  onLine?: (line: string) => unknown
  /** Ends the program when it is aborted; without one, a program that only reads ends when its caller has left. */
  cancel?: AbortSignal
}

export interface Result {
  code: number
  stdout: string
  stderr: string
}

/** The small clean environment every program gets. */
export const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
}

/** Number of last lines of a program that are kept for the message when it fails. */
const KEPT_LINES = 60

/** Longest line in characters; longer ones are split to bound memory. */
const LONGEST_LINE = 8_192

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const splitter = createLineSplitter(LONGEST_LINE)
  for await (const chunk of chunks) yield* splitter.push(Buffer.from(chunk))
  yield* splitter.end()
}

/**
 * Runs a program to its end and answers its code and output; a missing program is code 127, one that was killed 128 and
 * the signal's number.
 */
export async function attempt(argv: Argv, options: RunOptions = {}): Promise<Result> {
  const [file, ...args] = argv
  const who = caller()
  const cancel = options.cancel ?? (who?.reads ? who.gone : undefined)
  const child = execa(file, args, {
    reject: false,
    extendEnv: false,
    env: { ...environment, ...options.env },
    input: options.input ?? '',
    timeout: (options.timeout ?? 60) * 1000,
    cwd: '/',
    maxBuffer: 10_000_000,
    all: true,
    buffer: !options.onLine,
    ...(cancel && { cancelSignal: cancel }),
  })
  const last: string[] = []
  if (options.onLine)
    for await (const line of linesOf(child.iterable({ from: 'all', binary: true }))) {
      last.push(line)
      if (last.length > KEPT_LINES) last.shift()
      await options.onLine(line)
    }
  const { exitCode, stdout = '', stderr = '', code, timedOut, signal } = await child
  if (timedOut) return { code: 124, stdout, stderr: `${file} did not end within ${options.timeout ?? 60} seconds` }
  return {
    code: exitCode ?? (code === 'ENOENT' ? 127 : signal ? 128 + constants.signals[signal as NodeJS.Signals] : 1),
    stdout,
    stderr: options.onLine ? last.join('\n') : stderr,
  }
}

/** Runs a program that must succeed. Throws PanelError `command_failed` with what it said. */
export async function run(argv: Argv, options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, options)
  if (code === 0) return stdout
  const said = (stderr || stdout).trim().split('\n').slice(-5).join('\n')
  throw new PanelError('command_failed', 500, `${argv[0]} failed (exit code ${code}): ${said || 'it said nothing'}`)
}

/** Where a program really lies, links followed; null when this machine has none of that name. */
export async function locate(program: string): Promise<string | null> {
  for (const directory of environment.PATH.split(':')) {
    const path = await realpath(join(directory, program)).catch(() => null)
    if (path !== null) return path
  }
  return null
}
