import {
  chmodSync,
  chownSync,
  lchownSync,
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
import { findProblems, problemOf, repairProblems, type SiteFolder } from '../../../lib/system/file-problems.ts'

const [USER, WEB, OTHER] = [41_001, 41_002, 41_003]

let place: string
let folder: SiteFolder
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'problems-'))
  chmodSync(place, 0o755)
  folder = { root: join(place, 'public'), uid: USER, gid: USER, web: WEB, served: [''], php: true }
  make('public/', 0o750)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function make(path: string, mode: number, uid = USER, gid = uid): string {
  const at = join(place, path)
  if (path.endsWith('/')) mkdirSync(at)
  else writeFileSync(at, path)
  chownSync(at, uid, gid)
  chmodSync(at, mode)
  return at
}
const access = (path: string): string => {
  const { mode, uid, gid } = lstatSync(join(place, 'public', path))
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`
}
const found = async () => {
  const { count, examples } = await findProblems(folder)
  expect(count).toBe(examples.length)
  return Object.fromEntries(examples.map(({ path, problem }) => [path, problem]))
}

it('judges a file by its owner, its group and its mode', () => {
  const judge = (mode: number, more = {}) =>
    problemOf({ type: 'f', uid: USER, gid: USER, mode, path: 'a.txt', ...more }, folder)
  expect([judge(0o640), judge(0o604), judge(0o604, { gid: 0 }), judge(0o640, { gid: WEB })]).toEqual([
    null,
    'hidden',
    null,
    null,
  ])
  expect([judge(0o640, { gid: 0 }), judge(0o040), judge(0o644, { uid: 0 })]).toEqual(['hidden', 'closed', 'owner'])
  expect([judge(0o710, { type: 'd' }), judge(0o640, { type: 'd' }), judge(0o700, { type: 'd' })]).toEqual([
    null,
    'closed',
    'hidden',
  ])
  expect([judge(0, { type: 'l' }), judge(0, { type: 'p' })]).toEqual([null, null])
  const hidden = ['.env', 'a/.git/config', 'wp-config.php'].map((path) => judge(0o600, { path }))
  expect(hidden).toEqual([null, null, null])
  expect(judge(0o600, { path: '.well-known/security.txt' })).toBe('hidden')
  expect(judge(0o600, { path: 'blog/index.php' }), 'nginx looks for the page of a folder').toBe('hidden')
})

it('finds what root copied, and what nginx or the site may not read, and repairs it', async () => {
  make('public/well', 0o640)
  make('public/copied/', 0o755, 0)
  make('public/copied/page', 0o644, 0)
  make('public/moved', 0o600)
  make('public/sealed/', 0o700)
  make('public/sealed/page', 0o640)
  make('public/closed', 0o040)
  make('public/.env', 0o600)
  make('public/.private/', 0o700)
  make('public/.private/secret', 0o600)
  make('public/config.php', 0o600)
  symlinkSync('/etc/shadow', join(place, 'public/link'))
  expect(await found()).toEqual({
    copied: 'owner',
    'copied/page': 'owner',
    moved: 'hidden',
    sealed: 'hidden',
    closed: 'closed',
    link: 'owner',
  })
  const shadow = lstatSync('/etc/shadow')
  expect(await repairProblems(folder)).toEqual({ repaired: 6, left: 0 })
  expect(await found()).toEqual({})
  expect(
    ['copied', 'copied/page', 'moved', 'sealed', 'closed', '.env', 'config.php', '.private/secret'].map(access),
  ).toEqual([...['755', '644', '640', '750', '640', '600', '600', '600'].map((mode) => `${mode} ${USER}:${USER}`)])
  expect([lstatSync('/etc/shadow').uid, lstatSync('/etc/shadow').mode]).toEqual([shadow.uid, shadow.mode])
})

it('ends when it is told to, and leaves the rest', async () => {
  make('public/copied', 0o644, 0)
  await expect(repairProblems(folder, AbortSignal.abort())).rejects.toThrow(/abort/)
  expect(await found()).toEqual({ copied: 'owner' })
})

it('leaves what may be somebody else’s, and takes no special bit along', async () => {
  linkSync(make('victim', 0o600, OTHER), join(place, 'public/hard'))
  make('public/program', 0o4755, 0)
  lchownSync(join(place, 'public/program'), 0, 0)
  chmodSync(join(place, 'public/program'), 0o6755)
  expect(await repairProblems(folder)).toEqual({ repaired: 1, left: 1 })
  expect([access('hard'), access('program')]).toEqual([`600 ${OTHER}:${OTHER}`, `755 ${USER}:${USER}`])
  expect(await found()).toEqual({ hard: 'owner' })
})

it('opens nothing outside of what nginx serves, and passes the way there', async () => {
  folder = { ...folder, served: ['project/web', '.next/static'] }
  make('public/project/', 0o700)
  make('public/project/key.pem', 0o600)
  make('public/project/vendor/', 0o700)
  make('public/project/vendor/copied', 0o600, 0)
  make('public/project/web/', 0o700)
  make('public/project/web/page', 0o600)
  make('public/project/web/.git/', 0o700)
  make('public/project/web/.git/config', 0o600)
  make('public/project/website/', 0o700)
  make('public/project/website/secret', 0o600)
  make('public/.next/', 0o700)
  make('public/.next/static/', 0o750)
  make('public/.next/static/a.js', 0o600)
  make('public/.next/cache', 0o600)
  expect(await found()).toEqual({
    project: 'hidden',
    'project/vendor/copied': 'owner',
    'project/web': 'hidden',
    'project/web/page': 'hidden',
    '.next': 'hidden',
    '.next/static/a.js': 'hidden',
  })
  expect(await repairProblems(folder)).toEqual({ repaired: 6, left: 0 })
  expect(await found()).toEqual({})
  const modes = ['project', 'project/web', 'project/web/page', '.next', '.next/static/a.js'].map(access)
  expect(modes).toEqual(['710', '750', '640', '710', '640'].map((mode) => `${mode} ${USER}:${USER}`))
  const own = ['key.pem', 'vendor', 'vendor/copied', 'web/.git', 'web/.git/config', 'website', 'website/secret']
  expect(own.map((path) => access(`project/${path}`))).toEqual(
    ['600', '700', '600', '700', '600', '700', '600'].map((mode) => `${mode} ${USER}:${USER}`),
  )
})

it('an app without static files is not opened to nginx, and a folder that is not there has no faults', async () => {
  folder = { ...folder, served: [] }
  make('public/secret', 0o600)
  make('public/copied', 0o600, 0)
  expect(await found()).toEqual({ copied: 'owner' })
  await repairProblems(folder)
  expect(access('copied')).toBe(`600 ${USER}:${USER}`)
  rmSync(folder.root, { recursive: true })
  expect(await found()).toEqual({})
})
