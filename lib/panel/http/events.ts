import { setTimeout as sleep } from 'node:timers/promises'
import type { H3Event } from 'h3'
import { gcPacer } from '../../model/gc.ts'

/** An event as its reader gets it; `data` is one line. */
export interface ServerEvent {
  id?: string
  event: string
  data: string
}

/** Answers the events that come next, as soon as there are any; null at the end. Asked once the last ones were read. */
export type Next = () => Promise<readonly ServerEvent[] | null>

/** A comment this often keeps proxies from closing a quiet stream (ms); the first says at once that it is open. */
const HEARTBEAT_MS = 15_000
const FIRST = 20

/** All streams together make garbage off V8's heap. */
const pace = gcPacer()

const format = ({ id, event, data }: ServerEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`

/** Server-sent events that are made as they are read: a reader that does not read holds up only itself. */
export function streamEvents(event: H3Event, open: (gone: AbortSignal) => Next): ReadableStream<Uint8Array> {
  event.res.headers.set('content-type', 'text/event-stream')
  event.res.headers.set('x-accel-buffering', 'no')
  const gone = new AbortController()
  const next = open(gone.signal)
  const encoder = new TextEncoder()
  let pending: ReturnType<Next> | undefined
  let pause = FIRST
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        pending ??= next()
        const beat = new AbortController()
        const quiet = sleep(pause, 'quiet' as const, { signal: beat.signal, ref: false }).catch(() => 'quiet' as const)
        const found = await Promise.race([pending, quiet]).catch((error: unknown) => {
          gone.abort()
          throw error
        })
        beat.abort()
        pause = HEARTBEAT_MS
        if (found === 'quiet') return controller.enqueue(encoder.encode(': still here\n\n'))
        pending = undefined
        if (found === null) return controller.close()
        const bytes = encoder.encode(found.map(format).join(''))
        pace(2 * bytes.length)
        controller.enqueue(bytes)
      },
      cancel: () => gone.abort(),
    },
    { highWaterMark: 0 },
  )
}

/** Lets somebody wait until something was told, also when it was told before they came. */
export interface Bell {
  ring(): void
  /** Resolves at the next ring, or at once when it rang since the last wait. */
  wait(): Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let wake = () => {}
  return {
    ring() {
      rung = true
      wake()
    },
    async wait() {
      if (!rung) await new Promise<void>((resolve) => (wake = resolve))
      rung = false
    },
  }
}
