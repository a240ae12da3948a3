import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { constants, type Stats } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { constants as osConstants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { environment, type Argv } from './run.ts'

export interface Stage {
  argv: Argv
  env?: Record<string, string>
  /** Each line of its standard error. */
  onLine?: (line: string) => void
}

export interface Ended {
  code: number
  /** The last lines of its standard error. */
  said: string
}

export interface Piping {
  /** Read by the first program; a descriptor, which stays open. */
  input?: number
  /** Written by the last program; without one its output is kept (64 KiB of it). */
  output?: number
  cancel?: AbortSignal
  /**
   * Called each second: how much the first program has read of its input, and the last one of its own (bytes). What it
   * throws ends all, and is thrown.
   */
  onTick?: (read: number, taken: number) => void | Promise<void>
}

const KEPT_LINES = 40
const KEPT_OUTPUT = 65_536
const TICK_MS = 1_000

/**
 * Runs programs that feed each other, the way a shell's `|` does: what they pass on never comes through this process.
 * Answers how each ended, once all have. When it is cancelled all are killed.
 */
export async function pipeline(
  stages: readonly Stage[],
  { input, output, cancel, onTick }: Piping,
): Promise<{ ended: Ended[]; stdout: string }> {
  const children: ChildProcess[] = []
  const endings: Promise<Ended>[] = []
  let from: Readable | number | 'ignore' = input ?? 'ignore'
  for (const [index, stage] of stages.entries()) {
    const last = index === stages.length - 1
    const child: ChildProcess = start(stage, [from, last && output !== undefined ? output : 'pipe', 'pipe'])
    // The next program has its own copy by now; as long as this process keeps one, a reader that ends is not noticed.
    if (typeof from === 'object') from.destroy()
    children.push(child)
    endings.push(ending(child, stage))
    from = child.stdout ?? 'ignore'
  }
  const kept = output === undefined ? keep(children.at(-1)!.stdout!) : Promise.resolve('')
  const kill = () => children.forEach((child) => child.kill('SIGKILL'))
  cancel?.addEventListener('abort', kill)
  if (cancel?.aborted) kill()
  let refusal: { reason: unknown } | undefined
  const ticking =
    onTick &&
    setInterval(
      () =>
        void tick(input, children.at(-1)!, onTick).catch((reason: unknown) => {
          refusal ??= { reason }
          kill()
        }),
      TICK_MS,
    )
  try {
    const outcome = { ended: await Promise.all(endings), stdout: await kept }
    if (refusal) throw refusal.reason
    return outcome
  } finally {
    clearInterval(ticking)
    cancel?.removeEventListener('abort', kill)
  }
}

function start({ argv: [file, ...args], env }: Stage, stdio: StdioOptions): ChildProcess {
  return spawn(file, args, { stdio, env: { ...environment, ...env }, cwd: '/' })
}

/** A program that is missing ends with 127, one that was killed with 128 and the signal's number. */
function ending(child: ChildProcess, { onLine }: Stage): Promise<Ended> {
  const lines: string[] = []
  createInterface({ input: child.stderr! }).on('line', (line) => {
    lines.push(line.slice(0, 2_000))
    if (lines.length > KEPT_LINES) lines.shift()
    onLine?.(line)
  })
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, said: error.message }))
    child.on('close', (code, signal) =>
      resolve({ code: code ?? 128 + osConstants.signals[signal!], said: lines.join('\n') }),
    )
  })
}

async function keep(stream: Readable): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream as AsyncIterable<Buffer>) if ((size += part.length) <= KEPT_OUTPUT) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

async function tick(
  input: number | undefined,
  last: ChildProcess,
  onTick: NonNullable<Piping['onTick']>,
): Promise<void> {
  const [read, taken] = await Promise.all([positionOf(input), readBy(last.pid)])
  await onTick(read, taken)
}

/**
 * Position in a file (proc(5), fdinfo): a program that inherits a descriptor moves this one too, and it stays when the
 * program has ended.
 */
const positionOf = async (fd: number | undefined): Promise<number> =>
  Number(/^pos:\s+(\d+)/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => ''))?.[1] ?? 0)

/** Reads how much a process has read in all (proc(5), rchar). */
const readBy = async (pid: number | undefined): Promise<number> =>
  Number(/^rchar: (\d+)/m.exec(await readFile(`/proc/${pid}/io`, 'utf8').catch(() => ''))?.[1] ?? 0)

/**
 * The first bytes that a program makes of a file; it is ended once they are there. The file is read from its beginning.
 */
export async function headOf({ argv: [file, ...args] }: Stage, input: number, bytes: number): Promise<Buffer> {
  const own = await open(`/proc/self/fd/${input}`, 'r')
  const child = spawn(file, args, { stdio: [own.fd, 'pipe', 'ignore'], env: environment, cwd: '/' })
  child.on('error', () => child.stdout!.destroy())
  try {
    // At once: what nobody reads when a program ends is thrown away.
    return (await begin(child.stdout!, bytes)).subarray(0, bytes)
  } finally {
    child.kill('SIGKILL')
    await own.close()
  }
}

async function begin(stream: Readable, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part)
    if ((size += part.length) >= bytes) break
  }
  return Buffer.concat(parts)
}

export type OpenFile = Awaited<ReturnType<typeof openFile>>

/** A file that programs are to read or write: never a link, and with `create` a new one. The caller closes it. */
export async function openFile(path: string, how: 'read' | 'create') {
  const flags =
    how === 'read'
      ? constants.O_RDONLY | constants.O_NONBLOCK
      : constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  const handle = await open(path, flags | constants.O_NOFOLLOW, 0o600)
  const stats: Stats = await handle.stat()
  if (stats.isFile()) return handle
  await handle.close()
  throw new Error(`${path} is not a file`)
}
