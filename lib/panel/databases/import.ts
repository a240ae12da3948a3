import type { Identity } from '../../model/auth/identity.ts'
import type { Imported } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { sees } from '../auth/ownership.ts'
import type { Context } from '../http/context.ts'
import type { Upload } from '../http/upload.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import { refuseFullDisk } from '../usage/room.ts'
import { keepRow, getDump } from './dumps.ts'
import { getRow } from './read.ts'
import { newDumpId } from './remove.ts'
import { withRoom } from './room.ts'
import { cancelWith } from './task.ts'

/** Refuses an import into a database that may not grow. Throws what `refuseBusy` does, and `limit_reached`. */
export function refuseFull(ctx: Context, name: string): void {
  refuseBusy(ctx, name)
  if (getRow(ctx, name).spec.full) {
    throw new PanelError(
      'limit_reached',
      403,
      `${name} is full: its site or its owner has used up their disk. Remove something first, or ask the ` +
        'administrator for more',
    )
  }
}

/** Refuses work with a database that is on its way. Throws `database_not_found`, `database_busy`. */
export function refuseBusy(ctx: Context, name: string): void {
  if (getRow(ctx, name).pending)
    throw new PanelError('database_busy', 409, `${name} is being changed right now; try again when that is done`)
}

/** The same for one that the path does not name, and so may be somebody else's; and while its owner is full. */
export async function refuseRestore(ctx: Context, name: string, identity: Identity): Promise<void> {
  const row = getRow(ctx, name)
  if (!sees(identity, row)) throw new PanelError('database_not_found', 404, 'There is no such database')
  refuseFull(ctx, name)
  await refuseFullDisk(ctx, row.owner)
}

/** Carries out a dump that was sent. */
export const importUpload = (ctx: Context, name: string, { id }: Upload, job: JobHandle): Promise<Imported> =>
  importFrom(ctx, name, { kind: 'upload', id }, job)

/** Carries out a dump that the server has kept. */
export function importDump(ctx: Context, name: string, dump: string, job: JobHandle): Promise<Imported> {
  getDump(ctx, dump)
  return importFrom(ctx, name, { kind: 'dump', id: dump }, job)
}

/** The database is afterwards as the dump makes it; or, when it fails or is cancelled, as it was before. */
async function importFrom(
  ctx: Context,
  name: string,
  from: { kind: 'upload' | 'dump'; id: string },
  job: JobHandle,
): Promise<Imported> {
  const row = getRow(ctx, name)
  const copy = newDumpId()
  return withRoom(ctx, row.owner, job, async (most) => {
    cancelWith(ctx, job)
    const { copyBytes, notes } = await ctx.agent
      .call('databases.import', { name, charset: row.spec.charset, from, copy, most, task: job.id }, job.progress)
      .catch((error: unknown) => takenBack(ctx, name, error))
    if (copyBytes === null) return { before: null, notes }
    const kept = keepRow(ctx, row, { id: copy, reason: 'before-import', compression: 'zstd', bytes: copyBytes })
    return { before: kept.id, notes }
  })
}

/** An agent that was killed rolls the import back when it starts again, which it does when it is next asked. */
async function takenBack(ctx: Context, name: string, error: unknown): Promise<never> {
  if (!(error instanceof PanelError && error.code === 'agent_lost')) throw error
  await ctx.agent.call('databases.recover', { name })
  throw new PanelError(
    'agent_lost',
    503,
    'The panel’s agent was ended in the middle of the import. The database is as before; try again',
  )
}
