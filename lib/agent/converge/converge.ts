import { PanelError } from '../../model/errors.ts'
import { failpoint } from '../../system/failpoint.ts'
import { errorCode } from '../../system/files.ts'
import { apply } from '../resources/deltas.ts'
import { refuseTaken } from '../resources/place.ts'
import type { Delta } from '../resources/resource.ts'
import { services } from '../services/index.ts'
import type { Turn } from '../services/service.ts'
import { inOrder, loadAll } from './concerned.ts'
import { deleteJournal, writeJournal, type Journal } from './journal.ts'
import { rollback } from './rollback.ts'

/** Called as each step begins; `percent` is of the whole. */
export type OnStep = (step: string, percent: number) => void

/**
 * Makes deltas true as one change: all of them, checked and live, or none. The journal is written first, so that a
 * start after a kill knows what to roll back. What a daemon has to hear of is its service's (lib/agent/services/).
 * Throws PanelError with the reason; `path_taken` when the place of a resource holds another kind of thing.
 */
export async function converge(deltas: readonly Delta[], onStep: OnStep = () => {}): Promise<void> {
  if (deltas.length === 0) return
  refuseTaken(deltas)
  const turns = Map.groupBy(deltas, turnOf)
  const order = (['first', 'usual', 'last'] as const).flatMap((turn) => turns.get(turn) ?? [])
  const journal: Journal = { startedAt: new Date().toISOString(), deltas: order }
  const loaded = new Set<string>()
  try {
    await writeJournal(journal)
    failpoint()
    await perform(turns, order, loaded, onStep)
    failpoint()
  } catch (error) {
    await rollback(journal, loaded)
    await deleteJournal()
    throw await explain(error)
  }
  await deleteJournal()
  await inOrder('release', order)
}

/** A thing goes only after all has stopped using it, unless its service says otherwise. */
function turnOf(delta: Delta): Turn {
  if (delta.turn) return delta.turn
  for (const { turn } of services) {
    const said = turn?.(delta)
    if (said) return said
  }
  return (delta.after === null || delta.kind === 'tree') && delta.before !== null ? 'last' : 'usual'
}

type Turns = ReadonlyMap<Turn, readonly Delta[]>

async function perform(turns: Turns, order: readonly Delta[], loaded: Set<string>, onStep: OnStep): Promise<void> {
  const [first, usual, last] = (['first', 'usual', 'last'] as const).map((turn) => turns.get(turn) ?? [])
  await applyAll(first!, () => {})
  await applyAll(usual!, (share) => onStep('Writing accounts, directories and configuration', share * 50))
  await loadAll([...first!, ...usual!], loaded, (names) => onStep(`Checking and loading ${names}`, 50))
  await inOrder('stop', last!)
  await applyAll(last!, (share) => onStep('Removing what is no longer needed', 80 + share * 20))
  failpoint()
  await inOrder('finish', order, loaded)
}

/** Units are their service's to start and stop. */
async function applyAll(deltas: readonly Delta[], onShare: (share: number) => void): Promise<void> {
  for (const [index, delta] of deltas.filter(({ kind }) => kind !== 'unit').entries()) {
    if (index % 50 === 0) onShare(index / deltas.length)
    await apply(delta)
    failpoint()
  }
}

/** Turns an error into one that says what the person can do. */
async function explain(error: unknown): Promise<unknown> {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PanelError('disk_full', 507, 'The disk is full, so nothing was changed. Free some space and try again')
  }
  if (code === 'EROFS') {
    return new PanelError(
      'read_only',
      503,
      'A file system of this server is read-only (often after a disk error), so nothing was changed. Look at ' +
        'dmesg, remount it writable and try again',
    )
  }
  if (!(error instanceof PanelError)) return error
  if (error.code === 'command_failed')
    return new PanelError(
      'command_failed',
      500,
      `${error.message}. So nothing was changed; put that right on the server and try again`,
    )
  for (const { explain: inWords } of services) {
    const better = await inWords?.(error.code)
    if (better) return better
  }
  return error
}
