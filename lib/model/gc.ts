import type { Server, ServerResponse } from 'node:http'

/** How long nobody must ask for anything (ms). */
const QUIET = 2_000

/**
 * Gives garbage back to the server once a process has nothing to do: V8 by itself keeps it until more comes,
 * which on a quiet panel may be tomorrow. Needs Node's `--expose-gc`; without it nothing happens.
 */
export function collectWhenIdle(server: Server): void {
  const { gc } = globalThis
  if (!gc) return
  const timer = setTimeout(() => void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }), QUIET).unref()
  const wake = () => timer.refresh()
  server.on('request', (_request, response: ServerResponse) => {
    wake()
    response.once('close', wake)
  })
}

/** So many bytes of buffers wait to be forgotten, at most. */
const WASTE = 8 * 1024 * 1024

/**
 * For what passes files on: it is told of each part, and has the buffers of those before forgotten in time. V8 by
 * itself waits for 64 MB of them, as they are not on its own heap.
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
