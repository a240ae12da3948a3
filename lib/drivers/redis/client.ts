import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Command } from './commands.ts'

export type Reply = string | number | null | Error | Reply[]

/** Asks Redis, in turn with what was asked before. Rejects with what Redis refuses. */
export type Ask = (command: Command) => Promise<Reply>

/** Says that Redis is up, and busy. */
export const SILENT = 'Redis did not answer within 10 seconds'

/** How long Redis may take for an answer (ms). */
const CONNECT_TIMEOUT_MS = 10_000

/** A command as it goes over the wire (RESP). Text is one byte a character throughout: keys may be any bytes. */
export const encode = (command: Command): Buffer =>
  Buffer.from(`*${command.length}\r\n${command.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`, 'latin1')

/** The reply that begins at an offset, and where the next one does; null while it has not all come. */
export function decode(data: Buffer, at: number): { reply: Reply; next: number } | null {
  const end = data.indexOf('\r\n', at)
  if (end < 0) return null
  const [kind, line, next] = [String.fromCharCode(data[at]!), data.toString('latin1', at + 1, end), end + 2]
  if (kind === '+') return { reply: line, next }
  if (kind === '-') return { reply: new Error(line), next }
  if (kind === ':') return { reply: Number(line), next }
  if (line === '-1') return { reply: null, next }
  if (kind === '*') return decodeList(data, Number(line), next)
  if (kind !== '$') throw new Error(`Redis answered something unknown: ${kind}`)
  const stop = next + Number(line)
  return data.length < stop + 2 ? null : { reply: data.toString('latin1', next, stop), next: stop + 2 }
}

function decodeList(data: Buffer, length: number, start: number): { reply: Reply; next: number } | null {
  const list: Reply[] = []
  let next = start
  while (list.length < length) {
    const item = decode(data, next)
    if (!item) return null
    list.push(item.reply)
    next = item.next
  }
  return { reply: list, next }
}

/** A connection to Redis's socket, for the time of one piece of work. Rejects with the system's error. */
export async function connected<T>(path: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const socket = createConnection(path)
  await once(socket, 'connect')
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  const fail = (error: Error) => waiting.splice(0).forEach(({ reject }) => reject(error))
  let data = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    data = Buffer.concat([data, chunk])
    for (let found = decode(data, 0); found; found = decode(data, 0)) {
      data = data.subarray(found.next)
      const { resolve, reject } = waiting.shift()!
      if (found.reply instanceof Error) reject(found.reply)
      else resolve(found.reply)
    }
  })
  socket.on('error', fail).on('close', () => fail(new Error('Redis closed the connection')))
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error(SILENT)))
  const ask: Ask = (command) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      socket.write(encode(command))
    })
  return work(ask).finally(() => socket.destroy())
}
