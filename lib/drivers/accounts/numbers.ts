import { paths } from '../../model/paths.ts'
import { inspect, listDirectory, readText, writeAtomically } from '../../system/files.ts'
import { usedNumbers } from '../../system/passwd.ts'
import { LAST, nextNumber } from './range.ts'

const file = `${paths.state}/last-account`

/**
 * A number for a new user and its group. The numbers go up, and begin anew after forty thousand: what a removed user
 * owned, in the trash or elsewhere, belongs to nobody. It is stored before it is used, so it is never given twice.
 */
export async function newNumber(): Promise<number> {
  const last = Number(await readText(file)) || LAST
  const number = nextNumber(last, new Set([...usedNumbers(), ...(await ownersInTrash())]))
  await writeAtomically(file, String(number), { uid: 0, gid: 0, mode: 0o600 }, true)
  return number
}

/** The owners of what deleted sites left: each owns at least one of the folders at the top. */
async function ownersInTrash(): Promise<Set<number>> {
  const owners = new Set<number>()
  for (const entry of await listDirectory(paths.trash)) {
    for (const name of await listDirectory(`${paths.trash}/${entry}`)) {
      const stats = await inspect(`${paths.trash}/${entry}/${name}`)
      if (stats) owners.add(stats.uid).add(stats.gid)
    }
  }
  return owners
}
