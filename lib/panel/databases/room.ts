import { PanelError } from '../../model/errors.ts'
import { queue, type Queue } from '../../model/protocol/queue.ts'
import type { Context } from '../http/context.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import { roomOf } from '../usage/room.ts'

/** Queues, one for each person whose dumps are being kept. */
const queues = new Map<string, { enqueue: Queue; many: number }>()

/**
 * Does work that keeps a dump for somebody, which may be `most` bytes large; null: they have no limit. One dump at a
 * time for those who have one: each is counted before the next one begins. Throws `limit_reached`, `cancelled`.
 */
export async function withRoom<T>(
  ctx: Context,
  owner: string | null,
  job: JobHandle,
  work: (most: number | null) => Promise<T>,
): Promise<T> {
  if (owner === null || roomOf(ctx, owner) === null) return work(null)
  const line = queues.get(owner) ?? { enqueue: queue(), many: 0 }
  queues.set(owner, line)
  if (line.many++ > 0) job.progress({ step: `Waiting for another dump of ${owner}`, percent: 0 })
  try {
    return await untilCancelled(job, (gone) =>
      line.enqueue(() => {
        if (gone.aborted) throw cancelled()
        return work(roomOf(ctx, owner))
      }),
    )
  } finally {
    if (--line.many === 0) queues.delete(owner)
  }
}

const cancelled = (): PanelError => new PanelError('cancelled', 409, 'This was cancelled before it began')

/** Ends the waiting at once when the job is cancelled; the work, once it has begun, says anew what that means. */
function untilCancelled<T>(job: JobHandle, wait: (gone: AbortSignal) => Promise<T>): Promise<T> {
  const leave = new AbortController()
  return new Promise((resolve, reject) => {
    job.onCancel(() => {
      leave.abort()
      reject(cancelled())
    })
    wait(leave.signal).then(resolve, reject)
  })
}
