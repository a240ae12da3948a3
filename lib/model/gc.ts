import type { Server, ServerResponse } from 'node:http'

/** How long nobody must ask for anything (ms). */
const QUIET_MS = 2_000

/**
 * Gives garbage back to the server once a process has nothing to do: V8 by itself keeps it until more comes,
 * which on a quiet panel may be tomorrow. Needs Node's `--expose-gc`; without it nothing happens.
 */
export function collectWhenIdle(server: Server): void {
  const { gc } = globalThis
  if (!gc) return
  const timer = setTimeout(() => void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }), QUIET_MS).unref()
  const wake = () => timer.refresh()
  server.on('request', (_request, response: ServerResponse) => {
    wake()
    response.once('close', wake)
  })
}

/** So many bytes of buffers wait to be collected, at most. */
const WASTE = 8 * 1024 * 1024

/**
 * Call with each streamed part's size: it runs a minor collection every 8 MB. V8 by itself waits for 64 MB of buffers,
 * as they are not on its own heap.
 */
export function gcPacer(): (bytes: number) => void {
  let waste = 0
  return (bytes) => {
    waste += bytes
    if (waste < WASTE) return
    waste = 0
    globalThis.gc?.({ type: 'minor', execution: 'sync' })
  }
}
