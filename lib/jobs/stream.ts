import { createEventStream, type H3Event } from 'h3'
import type { Context } from '../function/context.ts'
import { eventsAfter, type JobEvent } from '../store/jobs.ts'
import { getJob } from './read.ts'

/** A comment this often keeps proxies from closing a quiet stream (ms). */
const HEARTBEAT = 15_000

/**
 * A job's events as server-sent events: all since `Last-Event-ID`, then those that come, until its end.
 * Whoever reconnects misses nothing, as every event is in the store.
 */
export function streamJob(ctx: Context, event: H3Event, id: string): Promise<unknown> {
  const { state } = getJob(ctx, id)
  const stream = createEventStream(event)
  let sent = Number(event.req.headers.get('last-event-id') ?? 0) || 0
  const send = (entry: JobEvent) => {
    if (entry.id <= sent) return
    sent = entry.id
    void stream.push({ id: String(entry.id), event: entry.type, data: JSON.stringify(entry.data) })
    if (entry.type === 'end') void stream.close()
  }
  const unsubscribe = ctx.jobs.subscribe(id, send, () => void stream.close())
  const heartbeat = setInterval(() => void stream.pushComment('still here'), HEARTBEAT)
  stream.onClosed(() => {
    clearInterval(heartbeat)
    unsubscribe()
  })
  for (const entry of eventsAfter(ctx.db, id, sent)) send(entry)
  if (state !== 'running') void stream.close()
  return Promise.resolve(stream.send())
}
