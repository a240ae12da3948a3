import { basename, dirname, join } from 'node:path'
import { failpoint } from '../../system/failpoint.ts'
import { listDirectory, removeFile } from '../../system/files.ts'
import { undo } from '../resources/deltas.ts'
import type { Delta } from '../resources/resource.ts'
import { restoreAll } from './concerned.ts'
import { deleteJournal, keepJournal, readJournal, type Journal } from './journal.ts'

/**
 * Takes a change back, last step first, and has the services that had begun to load it take that up. Goes on past what
 * fails, so that as much as possible is as it was; answers those failures.
 */
export async function rollback(journal: Journal, loaded: ReadonlySet<string> | 'any'): Promise<string[]> {
  const problems: string[] = []
  const failed = new Set<string>()
  for (const delta of journal.deltas.toReversed()) {
    await undoAfter(failed, delta).catch((error: unknown) => {
      failed.add(delta.name)
      problems.push(`${delta.kind} ${delta.name}: ${String(error)}`)
    })
    await removeUnfinished(delta).catch(() => undefined)
    failpoint('undoing')
  }
  problems.push(...(await restoreAll(journal.deltas, loaded)))
  for (const problem of problems) console.error(`could not roll back ${problem}`)
  return problems
}

/** A link to a file that could not be put back would lead nowhere, and nginx would refuse all sites for it. */
async function undoAfter(failed: ReadonlySet<string>, delta: Delta): Promise<void> {
  if (delta.kind === 'link' && delta.before && failed.has(delta.before.target))
    throw new Error(`${delta.before.target} is missing`)
  await undo(delta)
}

/** A kill between writing and renaming leaves the unfinished copy beside the file (see writeAtomically). */
async function removeUnfinished({ kind, name }: Delta): Promise<void> {
  if (kind !== 'file' && kind !== 'link') return
  const prefix = `.${basename(name).slice(0, 200)}.`
  const left = (await listDirectory(dirname(name))).filter(
    (entry) => entry.startsWith(prefix) && /^[0-9a-f]{12}$/.test(entry.slice(prefix.length)),
  )
  for (const entry of left) await removeFile(join(dirname(name), entry))
}

/**
 * At every start of the agent: rolls back the change that a kill cut off. Answers what it did, in words;
 * null when there was nothing to do.
 */
export async function recover(): Promise<string | null> {
  const journal = await readJournal()
  if (!journal) return null
  const problems = await rollback(journal, 'any')
  if (problems.length === 0) {
    await deleteJournal()
    return `Rolled back a change that was cut off (begun ${journal.startedAt}, ${journal.deltas.length} steps)`
  }
  const kept = await keepJournal(journal)
  return (
    `Could not roll back all of a change that was cut off: ${problems.join('; ')}. Its journal is ${kept}; ` +
    'press “Undo these changes” on the Server page to repair the rest'
  )
}
