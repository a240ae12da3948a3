import { caller } from '../model/protocol/caller.ts'
import type { Amount } from '../model/sites/amount.ts'
import { pipeline } from './pipeline.ts'
import type { Argv } from './run.ts'
import { reader } from './tree.ts'

/** find's words for an entry: its tree, owner, blocks of 512 bytes, type, names, and number on its disk. */
const entry = String.raw`%H %U %b %y %n %D:%i\n`

/** Adds entries up by tree and owner; a file with several names counts once. */
const adding = `$4 != "d" && $5 > 1 && seen[$6]++ { next }
{ blocks[$1 " " $2] += $3; files[$1 " " $2]++ }
END { for (key in files) printf "%s %.0f %.0f\\n", key, blocks[key], files[key] }`

/** Amounts by tree and user: paths, then user ids. */
type Uses = Map<string, Map<number, Amount>>

/** How long a walk may take (ms). */
const WALK_TIMEOUT_MS = 3_600_000

/**
 * Measures what users have in each of these trees, in one walk that follows no link and stays on one file system. A
 * tree that is not there has nothing. Throws when the walk did not come to its end: less than there is must not be
 * taken for all.
 */
export async function usesOf(trees: readonly string[], as: readonly string[] = reader): Promise<Uses> {
  if (trees.length === 0) return new Map()
  const cancel = AbortSignal.any([AbortSignal.timeout(WALK_TIMEOUT_MS), ...(caller()?.gone ? [caller()!.gone] : [])])
  const walk = [...as, 'find', ...trees, '-xdev', '-printf', entry] as unknown as Argv
  const {
    ended: [find, awk],
    stdout,
  } = await pipeline([{ argv: walk }, { argv: ['awk', adding] }], { cancel })
  // find ends with 1 when something was gone by the time it came there.
  if (cancel.aborted || find!.code > 1 || awk!.code !== 0) {
    throw new Error(`The use of the disk could not be measured: ${find!.said || awk!.said || 'it was cut off'}`)
  }
  const uses: Uses = new Map(trees.map((tree) => [tree, new Map()]))
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [tree, uid, blocks, files] = line.split(' ') as [string, string, string, string]
    uses.get(tree)!.set(Number(uid), { bytes: Number(blocks) * 512, files: Number(files) })
  }
  return uses
}
