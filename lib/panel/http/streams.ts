import type { H3Event } from 'h3'
import { PanelError } from '../../model/errors.ts'

/** How many streams one person and all together may have open, and how long (ms) one may go unread. */
export const usualStreams = { person: 10, all: 200, unread: 30_000 }

/** Counts the streams that are open. */
export interface Streams {
  /** Takes a place for a person's stream; call the answer to give it back. Throws `too_many_streams`. */
  enter(key: string): () => void
  /** Passes a stream on as it is read, gives its place back at its end, and ends one that nobody reads. */
  pass(source: ReadableStream<Uint8Array>, event: H3Event, leave: () => void): ReadableStream<Uint8Array>
}

export function createStreams(limits = usualStreams): Streams {
  const open = new Map<string, number>()
  let all = 0
  return {
    enter(key) {
      const own = open.get(key) ?? 0
      if (own >= limits.person || all >= limits.all) throw tooMany(own >= limits.person ? limits.person : null)
      open.set(key, own + 1)
      all++
      return once(() => {
        all--
        const left = open.get(key)! - 1
        if (left > 0) open.set(key, left)
        else open.delete(key)
      })
    },
    pass: (source, event, leave) => passOn(source, event, leave, limits.unread),
  }
}

const tooMany = (own: number | null): PanelError =>
  new PanelError(
    'too_many_streams',
    429,
    own === null
      ? 'Too many streams are open on this server; try again in a minute'
      : `You follow ${own} logs, jobs or downloads at once; end one first, or close a page of the panel`,
    { retryAfter: 60 },
  )

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

/**
 * Passes a stream on without reading ahead, so that at most one part and the connection's own buffer are in memory. A
 * connection that takes nothing is cut: its end would wait in the same buffer.
 */
function passOn(
  source: ReadableStream<Uint8Array>,
  event: H3Event,
  leave: () => void,
  unread: number,
): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    clearTimeout(timer)
    leave()
  }
  const drop = (controller: ReadableStreamDefaultController) => {
    end()
    controller.error(new PanelError('stream_unread', 408, 'Nobody read this stream'))
    void reader.cancel().catch(() => undefined)
    event.runtime?.node?.res?.destroy()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setTimeout(drop, unread, controller)
      },
      async pull(controller) {
        clearTimeout(timer)
        try {
          const { done, value } = await reader.read()
          if (done) {
            end()
            return controller.close()
          }
          controller.enqueue(value)
          timer = setTimeout(drop, unread, controller)
        } catch (error) {
          end()
          throw error
        }
      },
      cancel(reason) {
        end()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
