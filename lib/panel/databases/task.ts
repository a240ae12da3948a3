import type { Context } from '../http/context.ts'
import { cancelTask } from '../jobs/cancel-task.ts'
import type { JobHandle } from '../jobs/jobs.ts'

/** Cancelling the job cancels what the agent does for it; the agent rolls back what it had begun, then the job ends. */
export const cancelWith = (ctx: Context, job: JobHandle): void =>
  job.onCancel(() => void cancelTask(ctx, 'databases.cancel', job.id))
