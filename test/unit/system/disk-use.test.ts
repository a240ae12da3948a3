import { chmodSync, chownSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { onBehalfOf } from '../../../lib/model/protocol/caller.ts'
import { usesOf } from '../../../lib/system/disk-use.ts'

const [ANN, BOB] = [40_001, 40_002]

function newTree(): string {
  const place = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  onTestFinished(() => rmSync(place, { recursive: true }))
  chmodSync(place, 0o755)
  return place
}

it('adds up what each user has in each tree, also what they closed; a file with two names counts once', async () => {
  const place = newTree()
  const [one, two] = [join(place, 'one'), join(place, 'two')]
  for (const tree of [one, two]) mkdirSync(tree)
  const put = (path: string, uid: number, bytes: number) => {
    writeFileSync(path, Buffer.alloc(bytes, 1), { mode: 0o600 })
    chownSync(path, uid, uid)
  }
  put(join(one, 'large'), ANN, 1_000_000)
  linkSync(join(one, 'large'), join(one, 'again'))
  put(join(one, 'a b\nc %s'), BOB, 1)
  mkdirSync(join(two, 'closed'), { mode: 0o700 })
  chownSync(join(two, 'closed'), BOB, BOB)
  put(join(two, 'closed', 'hidden'), BOB, 500_000)
  symlinkSync('/usr', join(two, 'link'))
  const uses = await usesOf([one, two, join(place, 'none')])
  expect(uses.get(one)!.get(ANN)).toEqual({ bytes: expect.closeTo(1_000_000, -5) as number, files: 1 })
  expect(uses.get(one)!.get(BOB)!.files).toBe(1)
  expect(uses.get(two)!.get(BOB)).toEqual({ bytes: expect.closeTo(500_000, -5) as number, files: 2 })
  expect(uses.get(two)!.get(0)!.files, 'the tree itself and the link').toBe(2)
  expect([...uses.get(join(place, 'none'))!]).toEqual([])
})

it('takes a walk that was cut off for none at all', async () => {
  const gone = AbortSignal.abort()
  await expect(onBehalfOf({ name: 'ann', gone }, () => usesOf([newTree()]))).rejects.toThrow('could not be measured')
})

it('walks nothing when nothing is named', async () => expect([...(await usesOf([]))]).toEqual([]))
