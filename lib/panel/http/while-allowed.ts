/** How often it is asked whether the reader of a stream may still have it (ms). */
const POLL_MS = 5_000

/** Ends a stream with the right of its reader to have it: `end` is told, and nothing more is passed on. */
export function whileAllowed(
  source: ReadableStream<Uint8Array>,
  isAllowed: () => Promise<boolean>,
  end: () => void,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  let next = performance.now() + POLL_MS
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        if (performance.now() >= next) {
          if (!(await isAllowed())) {
            end()
            controller.close()
            return reader.cancel().catch(() => undefined)
          }
          next = performance.now() + POLL_MS
        }
        controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
