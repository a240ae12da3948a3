import { existsSync, linkSync, lstatSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { giveTree } from '../../../../lib/system/tree.ts'
import { modeBy } from '../../../../lib/system/give.ts'
import { access, descriptors, file, folder, gift, NEW, OLD, OTHER, place, run, tree } from './_tree.ts'

const given = (mode: string) => `${mode} ${NEW} ${NEW}`
/** Gives the tree away, and answers what was left; does not count access lists where setfacl is missing. */
const give = async () => (await giveTree(tree, gift)).filter((said) => said !== WITHOUT_LISTS)
const WITHOUT_LISTS = 'access lists, as setfacl is missing'

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
