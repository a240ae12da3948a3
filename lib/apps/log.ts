import { createEventStream, type H3Event } from 'h3'
import { open, stat } from 'node:fs/promises'
import { siteNames } from '../sites/names.ts'

/** How much of a log's end is read at once, and how often it is looked whether there is more. */
const TAIL_BYTES = 256_000
const LOOK = 500
const HEARTBEAT = 15_000

async function read(path: string, from: number, to: number): Promise<string> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(to - from), position: from })
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

const sizeOf = (path: string): Promise<number> => stat(path).then(({ size }) => size, () => 0)

/** The last lines an app printed, oldest first; none when it never did. Reads a quarter of a megabyte at most. */
export async function lastLines(domain: string, count: number): Promise<string[]> {
  const path = siteNames(domain).appLog
  const size = await sizeOf(path)
  const from = Math.max(0, size - TAIL_BYTES)
  const lines = size === 0 ? [] : (await read(path, from, size)).split('\n').slice(from > 0 ? 1 : 0, -1)
  return lines.slice(-count)
}

/** An app's log as server-sent events, `line` each: the last `count` lines, and then those that come. */
export function streamLog(event: H3Event, domain: string, count: number): Promise<unknown> {
  const path = siteNames(domain).appLog
  const stream = createEventStream(event)
  const send = (lines: readonly string[]) => lines.length > 0 && void stream.push(lines.map((data) => ({ event: 'line', data })))
  let [at, rest, busy] = [0, '', true]
  const look = async () => {
    if (busy) return
    busy = true
    const size = await sizeOf(path)
    if (size < at) [at, rest] = [0, '']
    if (size > at) {
      const from = Math.max(at, size - TAIL_BYTES)
      const lines = (rest + (await read(path, from, size))).split('\n')
      rest = lines.pop()!
      at = size
      send(lines)
    }
    busy = false
  }
  void sizeOf(path).then(async (size) => {
    send(await lastLines(domain, count))
    ;[at, busy] = [size, false]
  })
  const timers = [setInterval(() => void look().catch(() => (busy = false)), LOOK), setInterval(() => void stream.pushComment('still here'), HEARTBEAT)]
  stream.onClosed(() => timers.forEach((timer) => clearInterval(timer)))
  return Promise.resolve(stream.send())
}
