import { readdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { giveTree, readStart, removeEntry, removeTrees, sizesOf } from '../../../../lib/system/tree.ts'
import { walk, type Entry } from '../../../../lib/system/walk.ts'
import { descriptors, file, folder, gift, NEW, OLD, OTHER, place, run, tree } from './_tree.ts'

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
