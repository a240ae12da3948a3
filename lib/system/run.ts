import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { PanelError } from '../model/errors.ts'
import { caller } from '../model/protocol/caller.ts'
import { errorCode } from './files.ts'
import { codeOf, end, endAfter, keep, refusal, start, tell } from './program.ts'

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

/**
 * Runs a program to its end and answers its code and output; a missing program is code 127, one that was killed 128 and
 * the signal's number, one that took too long 124. Throws what `onLine` throws, and ends the program.
 */
export async function attempt(argv: Argv, options: RunOptions = {}): Promise<Result> {
  const [file, ...args] = argv
  const { onLine, timeout = 60 } = options
  const program = start(file, args, { ...environment, ...options.env }, options.input)
  if (program.pid === undefined) return notStarted(await refusal(program))
  const watch = endAfter(program, timeout, options.cancel ?? leaving())
  try {
    const [code, said] = await Promise.all([codeOf(program), onLine ? tell(program, onLine) : keep(program)])
    if (watch.late) return { code: 124, ...said, stderr: `${file} did not end within ${timeout} seconds` }
    return { code, ...said }
  } catch (error) {
    end(program)
    throw error
  } finally {
    watch.stop()
  }
}

/** Aborted when a caller that only reads has left. */
function leaving(): AbortSignal | undefined {
  const who = caller()
  return who?.reads ? who.gone : undefined
}

const notStarted = (error: Error): Result => ({
  code: errorCode(error) === 'ENOENT' ? 127 : 126,
  stdout: '',
  stderr: error.message,
})

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
