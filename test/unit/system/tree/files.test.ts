import { linkSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ensureDirectory, overwrite, readText } from '../../../../lib/system/files.ts'
import { openInside, readInside } from '../../../../lib/system/tree.ts'
import { access, descriptors, file, folder, OLD, OTHER, owned, place, run, tree } from './_tree.ts'

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
