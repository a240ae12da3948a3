import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ensureDirectory, overwrite, readText } from '../../../lib/system/files.ts'
import {
  giveTree,
  openInside,
  readInside,
  readStart,
  removeEntry,
  removeTrees,
  sizesOf,
  type Gift,
} from '../../../lib/system/tree.ts'
import { modeBy } from '../../../lib/system/give.ts'
import { walk, type Entry } from '../../../lib/system/walk.ts'

const [OLD, NEW, OTHER] = [41_001, 41_002, 41_003]
const gift: Gift = { from: OLD, uid: NEW, gid: NEW, mode: 0o2750, contents: 'u=rwX,g=rX,o=' }

let place: string
let tree: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tree-'))
  chmodSync(place, 0o755)
  tree = join(place, 'tree')
  folder('tree')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const owned = (path: string, uid: number): string => {
  chownSync(join(place, path), uid, uid)
  return join(place, path)
}
const folder = (path: string, uid = OLD, mode = 0o755): string => {
  mkdirSync(join(place, path))
  chmodSync(join(place, path), mode)
  return owned(path, uid)
}
const file = (path: string, uid = OLD, mode = 0o644): string => {
  writeFileSync(join(place, path), path)
  chmodSync(join(place, path), mode)
  return owned(path, uid)
}
const run = (file: string, ...args: string[]) => execFileSync(file, args, { cwd: place, encoding: 'utf8' })
/** Mode, owner and group, links themselves. */
const access = (path: string): string => {
  const { mode, uid, gid } = lstatSync(join(place, path))
  return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`
}
const given = (mode: string) => `${mode} ${NEW} ${NEW}`
/** Gives the tree away, and answers what was left; does not count access lists where setfacl is missing. */
const give = async () => (await giveTree(tree, gift)).filter((said) => said !== WITHOUT_LISTS)
const WITHOUT_LISTS = 'access lists, as setfacl is missing'
const descriptors = () => readdirSync('/proc/self/fd').length

it('gives a tree away, directories with its own set-group-id bit, programs as programs', async () => {
  folder('tree/sub', OLD, 0o777)
  file('tree/sub/page', OLD, 0o606)
  file('tree/program', OLD, 0o4711)
  folder('tree/sub/sealed', OLD, 0o000)
  file('tree/sub/sealed/within')
  const before = descriptors()
  expect(await give()).toEqual([])
  expect(
    ['tree', 'tree/sub', 'tree/sub/page', 'tree/program', 'tree/sub/sealed', 'tree/sub/sealed/within'].map(access),
  ).toEqual(['2750', '2750', '640', '750', '2750', '640'].map(given))
  expect(descriptors()).toBe(before)
})

it('gives links and not what they point at', async () => {
  file('victim', OTHER, 0o600)
  folder('place of another', OTHER, 0o700)
  file('place of another/file', OTHER, 0o600)
  symlinkSync(join(place, 'victim'), join(tree, 'link'))
  symlinkSync(join(place, 'place of another'), join(tree, 'way out'))
  await giveTree(tree, gift)
  expect(access('tree/link')).toBe(`777 ${NEW} ${NEW}`)
  expect(lstatSync(join(tree, 'way out')).uid).toBe(NEW)
  expect(['victim', 'place of another', 'place of another/file'].map(access)).toEqual(
    ['600', '700', '600'].map((mode) => `${mode} ${OTHER} ${OTHER}`),
  )
})

it('gives nothing where the tree itself is a link, a file, or gone', async () => {
  renameSync(tree, join(place, 'real'))
  symlinkSync(join(place, 'real'), tree)
  await giveTree(tree, gift)
  expect(access('real')).toBe(`755 ${OLD} ${OLD}`)
  rmSync(tree)
  await giveTree(tree, gift)
  file('tree')
  await giveTree(tree, gift)
  expect(access('tree')).toBe(`644 ${OLD} ${OLD}`)
})

it('leaves a file of somebody else’s that has another name too, and says so', async () => {
  linkSync(file('victim', OTHER, 0o600), join(tree, 'hard'))
  linkSync(file('own', OLD), join(tree, 'twice'))
  file('tree/put there by root', 0)
  expect(await give()).toEqual(['hard'])
  expect(access('victim')).toBe(`600 ${OTHER} ${OTHER}`)
  expect(['tree/twice', 'tree/put there by root'].map(access)).toEqual(['640', '640'].map(given))
})

it('meets fifos and sockets without opening them, and leaves devices', async () => {
  run('mkfifo', 'tree/fifo')
  const server = createServer().listen(join(tree, 'socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  const device = (() => {
    try {
      run('mknod', 'tree/device', 'c', '1', '3')
      return true
    } catch {
      return false // a container may not make any
    }
  })()
  expect(await give()).toEqual(device ? ['device'] : [])
  expect(['tree/fifo', 'tree/socket'].map((path) => lstatSync(join(place, path)).uid)).toEqual([NEW, NEW])
  if (device) expect(lstatSync(join(tree, 'device')).uid).not.toBe(NEW)
  await new Promise((resolve) => server.close(resolve))
})

it('finds its way back from any depth with few descriptors, past the longest path', async () => {
  run(
    'python3',
    '-c',
    `
import os
os.chdir('tree')
for _ in range(600):
    os.mkdir('directory'); os.chdir('directory')
open('deepest', 'w').close()`,
  )
  file('tree/after')
  const before = descriptors()
  let [seen, most] = [0, 0]
  await walk(tree, (entries) => {
    seen += entries.length
    most = Math.max(most, descriptors() - before)
  })
  expect([seen, most < 10]).toEqual([603, true])
  await giveTree(tree, gift)
  expect(run('find', 'tree', '!', '-uid', String(NEW), '-printf', 'x')).toBe('')
})

it('takes many files, and names that are no text', async () => {
  for (let index = 0; index < 1000; index++) writeFileSync(join(tree, `file ${index}`), '')
  const odd = [
    Buffer.from('line\nbreak'),
    Buffer.from('-rf'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(' '),
    Buffer.from('ü'),
  ]
  for (const name of odd) writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), name]), '')
  run('chown', '-R', `${OLD}:${OLD}`, 'tree')
  expect(await give()).toEqual([])
  const wrong = readdirSync(tree, { encoding: 'buffer' }).filter(
    (name) => lstatSync(Buffer.concat([Buffer.from(`${tree}/`), name])).uid !== NEW,
  )
  expect([wrong, readdirSync(tree).length]).toEqual([[], 1005])
})

it('goes on past what vanishes, and what is exchanged for a link, while it walks', async () => {
  for (const name of ['a', 'b', 'c', 'd']) folder(`tree/${name}`)
  for (const name of ['a', 'b', 'c', 'd']) file(`tree/${name}/file`)
  folder('victim', OTHER, 0o700)
  file('victim/file', OTHER, 0o600)
  const seen: string[] = []
  let acted = false
  await walk(tree, (entries) => {
    seen.push(...entries.map(({ name }) => name.toString()))
    if (acted || entries.every(({ top }) => top)) return
    acted = true
    rmSync(join(tree, 'a'), { recursive: true })
    renameSync(join(tree, 'b'), join(place, 'away'))
    symlinkSync(join(place, 'victim'), join(tree, 'b'))
    renameSync(join(tree, 'c'), join(tree, 'moved'))
    renameSync(join(place, 'victim'), join(tree, 'c'))
  })
  expect(seen.sort()).toEqual(['.', 'a', 'b', 'c', 'd', 'file'])
})

it('stops when a directory it is in was moved elsewhere', async () => {
  folder('tree/a')
  folder('tree/a/b')
  file('tree/a/b/file')
  folder('elsewhere')
  await expect(
    walk(tree, (entries) => {
      if (entries.some(({ name }) => name.toString() === 'file'))
        renameSync(join(tree, 'a/b'), join(place, 'elsewhere/b'))
    }),
  ).rejects.toThrow('moved while')
})

it('removes access lists with the owner who made them, or says that it cannot', async () => {
  if (!existsSync('/usr/bin/setfacl')) return expect(await giveTree(tree, gift)).toEqual([WITHOUT_LISTS])
  folder('tree/sub')
  file('tree/sub/file')
  run('setfacl', '-R', '-m', `u:${OTHER}:rwX,g::rwx,d:u:${OTHER}:rwX`, 'tree/sub')
  await giveTree(tree, gift)
  expect(run('getfacl', '--numeric', '--recursive', '--omit-header', 'tree')).not.toMatch(
    new RegExp(`${OTHER}|default`),
  )
  expect(['tree/sub', 'tree/sub/file'].map(access)).toEqual([given('2750'), given('640')])
})

it('makes modes of chmod’s words', () => {
  const stats = (mode: number, directory: boolean) => ({ mode, isDirectory: () => directory })
  expect(modeBy('u=rwX,go=rX', stats(0o644, false))).toBe(0o644)
  expect(modeBy('u=rwX,go=rX', stats(0o744, false))).toBe(0o755)
  expect(modeBy('u=rwX,go=', stats(0o6777, true))).toBe(0o700)
  expect(modeBy('u=rwX,g=rX,o=', stats(0o000, true))).toBe(0o750)
})

it('reads and removes what it visits, and that alone', async () => {
  file('tree/kept')
  file('tree/gone')
  file('victim')
  await walk(tree, (entries: readonly Entry[]) => {
    for (const entry of entries.filter(({ stats }) => stats.isFile())) {
      expect(readStart(entry, 6).toString()).toBe('tree/k'.slice(0, 5) + entry.name.toString()[0])
      if (entry.name.toString() === 'gone') removeEntry(entry)
    }
  })
  expect(readdirSync(tree)).toEqual(['kept'])
})

it('opens only a plain file of the owner’s, by no link and under no other name', async () => {
  folder('tree/sub')
  file('tree/sub/file')
  file('tree/sub/foreign', OTHER)
  linkSync(file('tree/sub/twice'), join(tree, 'sub/other name'))
  symlinkSync('file', join(tree, 'sub/link'))
  symlinkSync('sub', join(tree, 'way'))
  run('mkfifo', 'tree/sub/fifo')
  owned('tree/sub/fifo', OLD)
  expect(await readInside(tree, ['sub', 'file'], OLD)).toBe('tree/sub/file')
  expect(await readInside(tree, ['sub', 'none'], OLD)).toBeNull()
  const before = descriptors()
  for (const names of [
    ['sub', 'foreign'],
    ['sub', 'twice'],
    ['sub', 'link'],
    ['way', 'file'],
    ['sub', 'fifo'],
    ['sub'],
  ]) {
    await expect(openInside(tree, names, OLD), names.join('/')).rejects.toThrow()
  }
  expect(descriptors()).toBe(before)
})

it('measures as nobody, what others closed too, and removes', async () => {
  folder('tree/closed', OLD, 0o700)
  truncateSync(file('tree/closed/big', OLD, 0o600))
  writeFileSync(join(tree, 'closed/big'), Buffer.alloc(300_000, 1))
  const [size, none] = await sizesOf([tree, join(place, 'none')])
  expect([size! >= 300_000, size! < 400_000, none]).toEqual([true, true, 0])
  symlinkSync(tree, join(place, 'link'))
  await removeTrees([join(place, 'link'), join(place, 'none')])
  expect(readdirSync(place)).toEqual(['tree'])
  await removeTrees([tree])
  expect(readdirSync(place)).toEqual([])
})

it('neither reads nor writes what took a file’s place', async () => {
  run('mkfifo', 'fifo')
  expect(await readText(join(place, 'fifo'))).toBeNull()
  linkSync(file('victim'), join(tree, 'file'))
  const root = { uid: 0, gid: 0, mode: 0o600 }
  await expect(overwrite(join(tree, 'file'), 'x', root)).rejects.toThrow('of its own')
  await expect(overwrite(join(place, 'fifo'), 'x', root)).rejects.toThrow()
  expect(readFileSync(join(place, 'victim'), 'utf8')).toBe('victim')
  symlinkSync(tree, join(place, 'link'))
  for (const name of ['link', 'victim'])
    await expect(ensureDirectory(join(place, name), root)).rejects.toThrow('is not a directory')
  expect(access('tree')).toBe(`755 ${OLD} ${OLD}`)
})
