import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { errorCode } from './files.ts'
import { createLineSplitter } from './lines.ts'

/** A program that runs, or one that could not be started: it has no `pid`. */
export type Program = ChildProcessByStdio<Writable | null, Readable, Readable>

export interface Said {
  stdout: string
  stderr: string
}

/** Number of last lines of a program that are kept for the message when it fails. */
const KEPT_LINES = 60

/** Longest line in characters; longer ones are split to bound memory. */
const LONGEST_LINE = 8_192

/** Most characters of each stream that are kept; a program that prints more is ended. */
const MOST_KEPT = 10_000_000

/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE_MS = 5_000

/** Starts a program in `/`. Node's own call: libraries for it take three times its CPU time. */
export function start(file: string, args: readonly string[], env: Record<string, string>, input?: string): Program {
  const stdin = input === undefined ? 'ignore' : 'pipe'
  const program = spawn(file, args, { cwd: '/', env, stdio: [stdin, 'pipe', 'pipe'] }) as Program
  // A program may end before it has read all of it.
  program.stdin?.on('error', () => {}).end(input)
  return program
}

/** Why a program could not be started: call it at once. */
export async function refusal(program: Program): Promise<Error> {
  const [error] = (await once(program, 'error')) as [Error]
  // Out of descriptors, it has no streams.
  const streams = [program.stdout, program.stderr] as (Readable | undefined)[]
  for (const stream of streams) stream?.destroy()
  return error
}

/** The exit code; 128 and the signal's number for a program that was killed. */
export async function codeOf(program: Program): Promise<number> {
  const [code, signal] = (await once(program, 'close')) as [number | null, NodeJS.Signals | null]
  return code ?? 128 + constants.signals[signal!]
}

/** Ends a program, once. What it started may hold its streams open: they are not waited for. */
export function end(program: Program): void {
  if (program.killed) return
  if (program.exitCode !== null || program.signalCode !== null) return letGo(program)
  const force = setTimeout(() => program.kill('SIGKILL'), GRACE_MS)
  program.once('exit', () => {
    clearTimeout(force)
    letGo(program)
  })
  program.kill()
}

function letGo({ stdout, stderr }: Program): void {
  stdout.destroy()
  stderr.destroy()
}

/** Ends a program after so many seconds, or when `cancel` is aborted; until it is told to stop watching. */
export function endAfter(program: Program, seconds: number, cancel?: AbortSignal): { late: boolean; stop: () => void } {
  const giveUp = (): void => end(program)
  const timer = setTimeout(() => {
    watch.late = true
    giveUp()
  }, seconds * 1000)
  const stop = (): void => {
    clearTimeout(timer)
    cancel?.removeEventListener('abort', giveUp)
  }
  const watch = { late: false, stop }
  cancel?.addEventListener('abort', giveUp)
  if (cancel?.aborted) giveUp()
  return watch
}

/** Keeps all that a program says, without the last end of line. */
export async function keep(program: Program): Promise<Said> {
  const [stdout, stderr] = await Promise.all([program.stdout, program.stderr].map((from) => keepStream(program, from)))
  return { stdout: stdout!, stderr: stderr! }
}

async function keepStream(program: Program, stream: Readable): Promise<string> {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    // It may go on while it ends.
    if (text.length <= MOST_KEPT) text += chunk
    if (text.length > MOST_KEPT) end(program)
  })
  await once(stream, 'close')
  return text.slice(0, MOST_KEPT).replace(/\r?\n$/, '')
}

/** Tells the lines of both streams, one at a time, and keeps the last ones. */
export async function tell({ stdout, stderr }: Program, onLine: (line: string) => unknown): Promise<Said> {
  const last: string[] = []
  const take = (line: string): unknown => {
    last.push(line)
    if (last.length > KEPT_LINES) last.shift()
    return onLine(line)
  }
  let turn: Promise<unknown> = Promise.resolve()
  const tellStream = async (stream: Readable): Promise<void> => {
    for await (const line of linesOf(stream)) await (turn = turn.then(() => take(line)))
  }
  await Promise.all([tellStream(stdout), tellStream(stderr)])
  return { stdout: '', stderr: last.join('\n') }
}

/** The lines of a stream until it ends, or `end` lets it go. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const splitter = createLineSplitter(LONGEST_LINE)
  try {
    for await (const chunk of stream) yield* splitter.push(chunk as Buffer)
  } catch (error) {
    if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
  yield* splitter.end()
}
