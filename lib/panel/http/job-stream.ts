import type { H3Event } from 'h3'
import { getJob } from '../jobs/read.ts'
import { eventsAfter, findJob, type JobEvent } from '../store/jobs.ts'
import type { Context } from './context.ts'
import { createBell, streamEvents, type ServerEvent } from './events.ts'

/** How many events are read from the store at a time. */
const PAGE = 200

/**
 * A job's events as server-sent events: all since `Last-Event-ID`, then those that come, until its end.
 * Each is read from the store when its reader is ready for it, so a reader that reconnects misses nothing.
 */
export function streamJob(ctx: Context, event: H3Event, id: string): ReadableStream {
  getJob(ctx, id)
  let sent = Number(event.req.headers.get('last-event-id') ?? 0) || 0
  return streamEvents(event, (gone) => {
    const bell = createBell()
    let stopped = false
    const stop = () => {
      stopped = true
      unsubscribe()
      bell.ring()
    }
    const unsubscribe = ctx.jobs.subscribe(id, bell.ring, stop)
    gone.addEventListener('abort', stop, { once: true })
    return async () => {
      for (; ; await bell.wait()) {
        const ended = stopped || findJob(ctx.db, id)?.state !== 'running'
        const found = gone.aborted ? [] : eventsAfter(ctx.db, id, sent, PAGE)
        sent = found.at(-1)?.id ?? sent
        if (found.length > 0) return found.map(toEvent)
        if (!ended) continue
        unsubscribe()
        return null
      }
    }
  })
}

const toEvent = ({ id, type, data }: JobEvent): ServerEvent => ({
  id: String(id),
  event: type,
  data: JSON.stringify(data),
})
