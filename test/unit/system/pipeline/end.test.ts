import { expect, it } from 'vitest'
import { pipeline } from '../../../../lib/system/pipeline.ts'
import { listProcesses } from '../../../../lib/proc/processes.ts'
import type { Argv } from '../../../../lib/system/run.ts'
import { node, stages } from './_stages.ts'

/** How programs of this name run, told by what only this test's arguments have. */
const running = (mark: string): number => listProcesses().filter(({ title }) => title.includes(mark)).length
const codes = ({ ended }: { ended: { code: number }[] }): number[] => ended.map(({ code }) => code)

it('tells how each ended', async () => {
  expect(codes(await pipeline(stages(['true'], ['false'], node('process.exit(7)')), {}))).toEqual([0, 1, 7])
  expect(codes(await pipeline(stages(node("process.kill(process.pid, 'SIGKILL')"), ['cat']), {}))).toEqual([137, 0])
  expect(codes(await pipeline(stages(node("process.kill(process.pid, 'SIGTERM')")), {}))).toEqual([143])
})

it.each([0, 1, 2])('a program that is missing ends with 127, and the others end: number %i', async (place) => {
  const argvs: Argv[] = [['printf', 'abc'], ['cat'], ['cat']]
  argvs[place] = ['/does/not/exist']
  const { ended } = await pipeline(stages(...argvs), {})
  expect(ended[place]).toEqual({ code: 127, said: 'spawn /does/not/exist ENOENT' })
  expect(ended.filter((_, index) => index > place).map(({ code }) => code)).toEqual(Array(2 - place).fill(0))
})

it('a reader that ends early ends those before it', async () => {
  const { ended, stdout } = await pipeline(stages(['yes', 'early'], ['cat'], ['head', '-c', '12']), {})
  expect([ended.map(({ code }) => code !== 0), stdout]).toEqual([[true, true, false], 'early\nearly\n'])
})

it('a writer that dies leaves the others to end by themselves, and is known', async () => {
  const { ended, stdout } = await pipeline(
    stages(
      node("process.stdout.write('half'); process.stderr.write('no more'); process.exitCode = 3"),
      ['gzip', '-c'],
      ['gzip', '-d', '-c'],
    ),
    {},
  )
  expect([ended, stdout]).toEqual([
    [
      { code: 3, said: 'no more' },
      { code: 0, said: '' },
      { code: 0, said: '' },
    ],
    'half',
  ])
})

it('is cancelled: all are killed', async () => {
  const cancel = new AbortController()
  const mark = `31.${process.pid}`
  const going = pipeline(stages(['sleep', mark], ['sleep', mark], ['sleep', mark]), { cancel: cancel.signal })
  await expect.poll(() => running(`sleep ${mark}`)).toBe(3)
  cancel.abort()
  expect(codes(await going)).toEqual([137, 137, 137])
  expect(running(`sleep ${mark}`)).toBe(0)
})

it('is cancelled before it began: nothing runs on', async () => {
  expect(codes(await pipeline(stages(['sleep', '60'], ['sleep', '60']), { cancel: AbortSignal.abort() }))).toEqual([
    137, 137,
  ])
})

it('when it has ended, cancelling is late', async () => {
  const cancel = new AbortController()
  expect(codes(await pipeline(stages(['true']), { cancel: cancel.signal }))).toEqual([0])
  expect(() => cancel.abort()).not.toThrow()
})

it.each([
  [
    'throws',
    () => {
      throw new Error('too much')
    },
  ],
  ['is refused', () => Promise.reject(new Error('too much'))],
])('a look that %s ends all, and is thrown', async (_, onTick) => {
  const mark = `32.${process.pid}`
  await expect(pipeline(stages(['sleep', mark], ['sleep', mark]), { onTick })).rejects.toThrow('too much')
  expect(running(`sleep ${mark}`)).toBe(0)
})
