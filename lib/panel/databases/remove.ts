import { randomBytes } from 'node:crypto'
import type { Context } from '../http/context.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import { askSurely, completeChange } from '../pending-changes/outcome.ts'
import { afterWhole } from '../sites/whole.ts'
import { beginDatabaseRemoval, revertDatabase, settleDatabase, type DatabaseRow } from '../store/databases.ts'
import { keepRow } from './dumps.ts'
import { getRow } from './read.ts'
import { cancelWith } from './task.ts'

export const newDumpId = (): string => randomBytes(16).toString('hex')

/**
 * Removes a database and its users; a dump of it is kept for 30 days unless it is not wanted. Throws `database_busy`.
 */
export async function deleteDatabase(
  ctx: Context,
  name: string,
  keep: boolean,
  job: JobHandle,
): Promise<{ dump: string | null }> {
  getRow(ctx, name)
  beginDatabaseRemoval(ctx.db, name, keep ? newDumpId() : null)
  return finishRemoval(ctx, getRow(ctx, name), job)
}

/** Brings a removal that the store has begun to its end; or, when it is refused or cancelled, the database stays. */
export async function finishRemoval(ctx: Context, row: DatabaseRow, job?: JobHandle): Promise<{ dump: string | null }> {
  const {
    spec: { name, users },
    dump,
  } = row
  const task = job?.id ?? crypto.randomUUID()
  if (job) cancelWith(ctx, job)
  const input = { name, users: users.map(({ username }) => username), dump, task }
  return completeChange(
    ctx,
    name,
    {
      make: async () => {
        // Waits for no convergence of the whole server: none makes it again, and its dump may take long.
        const { bytes } = await afterWhole(ctx, () =>
          askSurely(() => ctx.agent.call('databases.remove', input, job?.progress)),
        )
        if (dump && bytes !== null) keepRow(ctx, row, { id: dump, reason: 'deleted', compression: 'zstd', bytes })
        return { dump: bytes === null ? null : dump }
      },
      settle: () => settleDatabase(ctx.db, name),
      revert: () => revertDatabase(ctx.db, name),
    },
    true,
  )
}
