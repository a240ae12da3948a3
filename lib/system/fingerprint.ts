import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/**
 * Differs after each change of a file below these places: of its name, content, owner or mode. Reads no content, and
 * takes 5 us a file.
 */
export function fingerprint(places: readonly string[], leaves: (name: string) => boolean = () => true): string {
  const hash = createHash('sha256')
  for (const place of places) add(place, (line) => hash.update(line), leaves)
  return hash.digest('hex')
}

function add(path: string, tell: (line: string) => void, leaves: (name: string) => boolean): void {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return
  if (!stats.isDirectory()) return tell(`${path} ${stamp(stats)}\n`)
  for (const name of readdirSync(path).sort()) if (leaves(name)) add(join(path, name), tell, leaves)
}

/** A change's time is the kernel's own, which no program sets back. */
const stamp = ({ ctimeMs, ino, size }: Stats): string => `${ctimeMs} ${ino} ${size}`
