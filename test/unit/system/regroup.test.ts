import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { removeRecords, restoreAccess } from '../../../lib/system/access-record.ts'
import { regroupTree } from '../../../lib/system/regroup.ts'
import { giveTree } from '../../../lib/system/tree.ts'

const [USER, WEB, OWN, OTHER] = [41_001, 41_002, 41_003, 41_004]

let place: string
let tree: string
let record: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'regroup-'))
  tree = join(place, 'tree')
  record = join(place, 'records', 'one')
  folder('tree', 0o2750, WEB)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const set = (path: string, mode: number, gid: number, uid = USER): string => {
  chownSync(join(place, path), uid, gid)
  chmodSync(join(place, path), mode)
  return join(place, path)
}
const folder = (path: string, mode: number, gid: number): string => {
  mkdirSync(join(place, path))
  return set(path, mode, gid)
}
const file = (path: string, mode: number, gid: number, uid = USER): string => {
  writeFileSync(join(place, path), path)
  return set(path, mode, gid, uid)
}
const access = (path: string): string => {
  const { mode, uid, gid } = lstatSync(join(place, path))
  return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`
}
const regroup = () => regroupTree(tree, { from: WEB, uid: USER, gid: OWN, mode: 0o750, record })

/** A tree as sites had them: folders with the set-group-id bit, one that lost it, and files of every kind. */
function oldTree(): Record<string, string> {
  folder('tree/sub', 0o2750, WEB)
  folder('tree/lost', 0o755, OWN)
  folder('tree/marked', 0o2750, OWN)
  file('tree/page', 0o640, WEB)
  file('tree/secret', 0o600, WEB)
  file('tree/sub/moved in', 0o640, OWN)
  file('tree/program', 0o4755, WEB)
  file("tree/root's", 0o640, WEB, 0)
  symlinkSync('page', join(tree, 'link'))
  const names = ['', '/sub', '/lost', '/marked', '/page', '/secret', '/sub/moved in', "/root's", '/link']
  return Object.fromEntries(names.map((name) => [`tree${name}`, access(`tree${name}`)]))
}

it('gives one group’s files to another, keeps their modes, and takes folders their set-group-id bit', async () => {
  const before = oldTree()
  expect(await regroup()).toEqual([])
  const after = Object.keys(before).map((path) => access(path))
  expect(after).toEqual([
    `750 ${USER} ${OWN}`,
    `750 ${USER} ${OWN}`,
    `755 ${USER} ${OWN}`,
    `750 ${USER} ${OWN}`,
    `640 ${USER} ${OWN}`,
    `600 ${USER} ${OWN}`,
    `640 ${USER} ${OWN}`,
    `640 0 ${OWN}`,
    access('tree/link'),
  ])
  expect(access('tree/program')).toBe(`755 ${USER} ${OWN}`)
})

it('is taken back exactly, also when it stopped in the middle', async () => {
  const before = oldTree()
  await regroup()
  set('tree/page', 0o644, WEB)
  expect(await restoreAccess(tree, record, { uid: USER })).toEqual([])
  for (const [path, was] of Object.entries(before)) expect([path, access(path)]).toEqual([path, was])
})

it('leaves a file of somebody else’s that has another name too', async () => {
  linkSync(file('victim', 0o640, WEB, OTHER), join(tree, 'hard'))
  expect(await regroup()).toEqual(['hard'])
  expect(access('victim')).toBe(`640 ${OTHER} ${WEB}`)
})

it('another owner’s tree is taken back with the mode of each file', async () => {
  const before = oldTree()
  await giveTree(tree, { from: USER, uid: OTHER, gid: OTHER, mode: 0o755, contents: 'u=rwX,go=rX', record })
  expect(access('tree/secret')).toBe(`644 ${OTHER} ${OTHER}`)
  await restoreAccess(tree, record, { uid: OTHER })
  for (const [path, was] of Object.entries(before)) expect([path, access(path)]).toEqual([path, was])
})

it('never makes a program that runs as another user', async () => {
  oldTree()
  await giveTree(tree, { from: USER, uid: OTHER, gid: OTHER, mode: 0o755, contents: 'u=rwX,go=rX', record })
  await restoreAccess(tree, record, { uid: OTHER })
  expect(access('tree/program')).toBe(`755 ${USER} ${WEB}`)
})

it('does nothing without a record, and records go when a change has ended', async () => {
  const before = oldTree()
  expect(await restoreAccess(tree, record, { uid: USER })).toEqual([])
  expect(access('tree/page')).toBe(before['tree/page'])
  await regroup()
  await removeRecords(join(place, 'records'))
  expect(existsSync(record)).toBe(false)
})
