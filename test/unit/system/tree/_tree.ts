import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Gift } from '../../../../lib/system/tree.ts'

export const [OLD, NEW, OTHER] = [41_001, 41_002, 41_003]
export const gift: Gift = { from: OLD, uid: NEW, gid: NEW, mode: 0o2750, contents: 'u=rwX,g=rX,o=' }

export let place: string
export let tree: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tree-'))
  chmodSync(place, 0o755)
  tree = join(place, 'tree')
  folder('tree')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

export const owned = (path: string, uid: number): string => {
  chownSync(join(place, path), uid, uid)
  return join(place, path)
}
export const folder = (path: string, uid = OLD, mode = 0o755): string => {
  mkdirSync(join(place, path))
  chmodSync(join(place, path), mode)
  return owned(path, uid)
}
export const file = (path: string, uid = OLD, mode = 0o644): string => {
  writeFileSync(join(place, path), path)
  chmodSync(join(place, path), mode)
  return owned(path, uid)
}
export const run = (file: string, ...args: string[]) => execFileSync(file, args, { cwd: place, encoding: 'utf8' })
/** Mode, owner and group, links themselves. */
export const access = (path: string): string => {
  const { mode, uid, gid } = lstatSync(join(place, path))
  return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`
}
export const descriptors = () => readdirSync('/proc/self/fd').length
