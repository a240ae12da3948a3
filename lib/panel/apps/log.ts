import { open, stat, type FileHandle } from 'node:fs/promises'
import type { H3Event } from 'h3'
import { siteNames } from '../../model/sites/names.ts'
import { createBell, streamEvents, type Next, type ServerEvent } from '../http/events.ts'
import { watchFile } from './watch-file.ts'

/** How much of a log's end is read for the last lines, and how much at a time of what comes (bytes). */
const TAIL_BYTES = 256_000
const PART = 16_000

/** In the place of a number of last lines: every line from the beginning. */
const ALL = -1

async function read(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(to - from), position: from })
  return buffer.subarray(0, bytesRead)
}

/** The last lines an app printed, oldest first; none when it never did. Reads a quarter of a megabyte at most. */
export async function lastLines(domain: string, count: number): Promise<string[]> {
  const handle = await open(siteNames(domain).appLog).catch(() => null)
  const found = handle ? await tail(handle, count).finally(() => handle.close()) : null
  return found?.lines ?? []
}

/** A log's last lines, and where in it the next one begins. */
async function tail(handle: FileHandle, count: number): Promise<{ lines: string[]; end: number }> {
  const { size } = await handle.stat()
  const from = Math.max(0, size - TAIL_BYTES)
  const text = size === 0 ? Buffer.alloc(0) : await read(handle, from, size)
  const whole = text.lastIndexOf('\n') + 1
  const lines = text
    .toString('utf8', 0, whole)
    .split('\n')
    .slice(from > 0 ? 1 : 0, -1)
  return { lines: count > 0 ? lines.slice(-count) : [], end: from + whole }
}

const toEvent = (data: string): ServerEvent => ({ event: 'line', data: data.replaceAll('\r', '') })

/**
 * An app's log as server-sent events, `line` each: the last `count` lines, and then those that come. Each reader reads
 * at its own pace; a log that was turned over meanwhile is read to its end first.
 */
export const streamLog = (event: H3Event, domain: string, count: number): ReadableStream =>
  streamEvents(event, (gone) => followLog(siteNames(domain).appLog, count, gone))

/** The lines of a log, as `streamLog` has them. */
export function followLog(path: string, count: number, gone: AbortSignal): Next {
  const bell = createBell()
  const unwatch = watchFile(path, bell.ring)
  let log: { handle: FileHandle; at: number } | null = null
  const buffer = Buffer.alloc(PART)
  let last = count
  gone.addEventListener(
    'abort',
    () => {
      unwatch()
      void log?.handle.close().catch(() => undefined)
      bell.ring()
    },
    { once: true },
  )
  return async () => {
    for (; !gone.aborted; await bell.wait()) {
      const handle = log ? log.handle : await open(path).catch(() => null)
      if (handle && !log) {
        const { lines, end } = last > 0 ? await tail(handle, last) : { lines: [], end: await beginning(handle, last) }
        log = { handle, at: end }
        last = ALL
        if (lines.length > 0) return lines.map(toEvent)
      }
      // One that is made later is read from its beginning.
      last = ALL
      if (!log) continue
      const { lines, length } = await nextLines(log.handle, log.at, buffer)
      log.at += length
      if (lines.length > 0) return lines.map(toEvent)
      if (await isCurrent(path, log.handle, log.at)) continue
      await log.handle.close()
      log = null
      bell.ring()
    }
    return null
  }
}

/** Start of a reader that wants no last lines: at the end, or with a new file at its beginning. */
const beginning = async (handle: FileHandle, last: number): Promise<number> =>
  last === ALL ? 0 : (await handle.stat()).size

/**
 * Reads the next whole lines; a line longer than a part comes in pieces. Each reader has one buffer of its own: a new
 * one for each read would be garbage.
 */
async function nextLines(handle: FileHandle, at: number, buffer: Buffer): Promise<{ lines: string[]; length: number }> {
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
  const part = buffer.subarray(0, bytesRead)
  const whole = part.lastIndexOf('\n') + 1
  const length = whole === 0 && part.length === PART ? PART : whole
  return { lines: length > 0 ? part.toString('utf8', 0, length).replace(/\n$/, '').split('\n') : [], length }
}

/** Whether a log's file is still the one that is written, and was not emptied. */
async function isCurrent(path: string, handle: FileHandle, at: number): Promise<boolean> {
  const [now, own] = await Promise.all([stat(path).catch(() => null), handle.stat()])
  return now === null || (now.ino === own.ino && now.size >= at)
}
