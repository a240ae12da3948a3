import type { Change } from '../../model/protocol/change.ts'
import type { Context } from '../http/context.ts'
import { askSurely, completeChange } from '../pending-changes/outcome.ts'
import type { Maker } from '../pending-changes/resume.ts'
import { changeOne } from '../sites/whole.ts'
import {
  beginDatabaseChange,
  refuseTakenUsers,
  revertDatabase,
  settleDatabase,
  type DatabaseRow,
  type KeptSpec,
} from '../store/databases.ts'
import { getRow, toSpec } from './read.ts'
import { finishRemoval } from './remove.ts'

/** Users that MariaDB may still have of an earlier spec. */
const goneUsers = (spec: KeptSpec, previous: KeptSpec | null): string[] =>
  (previous?.users ?? [])
    .map(({ username }) => username)
    .filter((name) => !spec.users.some(({ username }) => username === name))

/** Shows what a database's new spec would change in MariaDB. Throws `username_taken` as the change would. */
export async function planDatabase(ctx: Context, spec: KeptSpec, previous: KeptSpec | null): Promise<Change[]> {
  refuseTakenUsers(ctx.db, spec)
  return (await ctx.agent.call('databases.plan', { database: toSpec(spec), gone: goneUsers(spec, previous) })).changes
}

/** Writes the spec into the store and makes it true, or leaves everything as it was. */
export async function changeDatabase(ctx: Context, spec: KeptSpec): Promise<void> {
  beginDatabaseChange(ctx.db, spec)
  await finishChange(ctx, getRow(ctx, spec.name))
}

/** Brings a change that the store has begun to its end: settled when MariaDB is so, reverted when it refused. */
export async function finishChange(ctx: Context, { spec, previous }: DatabaseRow, untilKnown = false): Promise<void> {
  const input = { database: toSpec(spec), gone: goneUsers(spec, previous) }
  const look = async () =>
    (await ctx.agent.call('databases.plan', input)).changes.length === 0 ? { changes: [] } : null
  await completeChange(
    ctx,
    spec.name,
    {
      make: () => changeOne(ctx, () => askSurely(() => ctx.agent.call('databases.apply', input), look)),
      settle: () => settleDatabase(ctx.db, spec.name),
      revert: () => revertDatabase(ctx.db, spec.name),
    },
    untilKnown,
  )
}

/** Ends a change of a database that a restart had cut off. */
export const pendingDatabase: Maker = {
  finish: (ctx, { name, change }) =>
    change === 'delete' ? finishRemoval(ctx, getRow(ctx, name)) : finishChange(ctx, getRow(ctx, name), true),
  // MariaDB must answer too: a refusal would revert what it may already have.
  answers: (ctx) =>
    ctx.agent.call('health', {}).then(
      ({ services }) => services.some(({ name, state }) => name === 'mariadb' && state !== 'stopped'),
      () => false,
    ),
}
