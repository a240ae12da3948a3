import { paths } from '../../model/paths.ts'
import { removeRecords } from '../../system/access-record.ts'
import { readText, removeFile, writeAtomically } from '../../system/files.ts'
import type { Delta } from '../resources/resource.ts'

/**
 * Change that is under way, written down before it begins and removed when it is complete: a start that finds it takes
 * everything back.
 */
export interface Journal {
  startedAt: string
  deltas: Delta[]
}

const owner = { uid: 0, gid: 0, mode: 0o600 }

export async function writeJournal(journal: Journal): Promise<void> {
  await writeAtomically(paths.journal, JSON.stringify(journal), owner, true)
}

export async function readJournal(): Promise<Journal | null> {
  const text = await readText(paths.journal)
  return text === null ? null : (JSON.parse(text) as Journal)
}

export async function deleteJournal(): Promise<void> {
  await removeFile(paths.journal)
  await removeRecords(paths.accessRecords)
}

/** Keeps a journal that could not be taken back whole, for a person to look at. */
export async function keepJournal(journal: Journal): Promise<string> {
  const path = `${paths.state}/journal-failed-${journal.startedAt.replaceAll(/[^0-9]/g, '')}.json`
  await writeAtomically(path, JSON.stringify(journal, null, 2), owner)
  await deleteJournal()
  return path
}
