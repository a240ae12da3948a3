import { lchownSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeNested } from '../../../lib/system/files.ts'
import { lookInside } from '../../../lib/system/look-inside.ts'

let place: string
let home: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'look-'))
  home = join(place, 'home')
  mkdirSync(join(home, 'project/releases/1/web'), { recursive: true })
  mkdirSync(join(place, 'other'))
  writeFileSync(join(home, 'project/file'), '')
})
afterEach(() => rmSync(place, { recursive: true }))

const look = (path: string) => lookInside(home, path.split('/'))
const link = (target: string, name: string): void => symlinkSync(target, join(home, 'project', name))

it('finds a folder, also through links of the same owner', () => {
  link('releases/1', 'current')
  expect(look('project/current/web')).toEqual({
    found: 'directory',
    depth: 3,
    path: join(home, 'project/releases/1/web'),
  })
})

it.each([
  ['project/nothing/x', 'missing', 1],
  ['nothing', 'missing', 0],
  ['project/file', 'file', 1],
  ['project/file/x', 'file', 1],
])('says that %s is %s', (path, found, depth) => expect(look(path)).toMatchObject({ found, depth }))

it.each([
  ['../../other', 'outside'],
  ['/etc', 'outside'],
  ['nowhere', 'missing'],
  ['loop', 'missing'],
  ['file', 'file'],
])('a link to %s is %s', (target, found) => {
  link(target, target === 'loop' ? 'loop' : 'link')
  expect(look(`project/${target === 'loop' ? 'loop' : 'link'}`)).toMatchObject({ found, depth: 1 })
})

it('says the same of all that leads out, whether or not it is there', () => {
  writeFileSync(join(place, 'file'), '')
  const there = ['/etc', '/etc/passwd', '../../other', '../../file', '/root', `${place}/other`, '../../home/project']
  const absent = [
    '/nothing',
    '/etc/passwd/x',
    '../../nothing',
    '../../file/x',
    '/root/nothing',
    `${place}/x`,
    '/etc/..',
  ]
  for (const [at, target] of [...there, ...absent].entries()) link(target, `link${at}`)
  const seen = [...there, ...absent].map((_, at) => look(`project/link${at}/x`))
  expect(new Set(seen.map((one) => JSON.stringify(one)))).toEqual(
    new Set([JSON.stringify({ found: 'outside', depth: 1, path: join(home, 'project') })]),
  )
})

it('goes through links to links, up, and to what the base itself is called', () => {
  link('releases/../current', 'way')
  link(`${home}/./project//releases/1`, 'current')
  link(`${home}/../home/project`, 'round')
  expect(look('project/way/web').path).toBe(join(home, 'project/releases/1/web'))
  expect(look('project/round').found).toBe('outside')
  expect(look('project/../../other').found).toBe('outside')
  link(`${home}`, 'top')
  expect(look('project/top').path).toBe(home)
})

it.runIf(process.getuid?.() === 0)('a link to a folder of another user is foreign, whoever made it', () => {
  link('releases/1', 'current')
  lchownSync(join(home, 'project/current'), 4_000, 4_000)
  expect(look('project/current')).toMatchObject({ found: 'foreign', depth: 1 })
  chownSync(join(home, 'project/releases/1'), 4_000, 4_000)
  expect(look('project/current').found).toBe('directory')
})

it('folders are made one in the other, and never where something is', async () => {
  const owner = { uid: process.getuid!(), gid: process.getgid!(), mode: 0o750 }
  await makeNested(join(home, 'new'), ['web', 'public'], owner)
  expect(look('new/web/public').found).toBe('directory')
  await expect(makeNested(join(home, 'project'), ['web'], owner)).rejects.toThrow('EEXIST')
})
