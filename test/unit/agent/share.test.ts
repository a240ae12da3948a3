import * as v from 'valibot'
import { expect, it } from 'vitest'
import { shared } from '../../../lib/agent/share.ts'
import { caller, onBehalfOf } from '../../../lib/model/protocol/caller.ts'
import { fairQueue } from '../../../lib/model/protocol/queue.ts'
import { attempt } from '../../../lib/system/run.ts'

const schema = { input: v.any(), output: v.any() }
const operations = {
  kept: { ...schema, reads: 'kept' },
  shared: { ...schema, reads: 'shared' },
  each: { ...schema, reads: 'each' },
  change: schema,
} as const
const nobody = new AbortController().signal
const nothing = () => {}

/** Operations that count their looks, and end when they are told to. */
function counted() {
  const looks: string[] = []
  const ended: string[] = []
  const ends: (() => void)[] = []
  const look = (name: string) => (input: unknown, _progress: unknown, gone: AbortSignal) =>
    new Promise((resolve) => {
      looks.push(name)
      gone.addEventListener('abort', () => ended.push(name))
      ends.push(() => resolve([name, input, looks.length]))
    })
  const one = shared(operations, {
    kept: look('kept'),
    shared: look('shared'),
    each: look('each'),
    change: look('change'),
  })
  const end = () => ends.splice(0).forEach((each) => each())
  return { one, looks, ended, end }
}

it('those who ask the same at once share one look; others, and what is not shared, have their own', async () => {
  const { one, looks, end } = counted()
  const answers = [
    one.shared({ a: 1 }, nothing, nobody),
    one.shared({ a: 1 }, nothing, nobody),
    one.shared({ a: 2 }, nothing, nobody),
    one.each({}, nothing, nobody),
    one.each({}, nothing, nobody),
  ]
  end()
  const [first, second, third] = await Promise.all(answers)
  expect(looks).toEqual(['shared', 'shared', 'each', 'each'])
  expect([second === first, third === first]).toEqual([true, false])
  void one.shared({ a: 1 }, nothing, nobody)
  expect(looks, 'one that has ended is not shared').toHaveLength(5)
})

it('a dear answer is kept for a while, and no longer than until something changes', async () => {
  const { one, looks, end } = counted()
  const first = one.kept({}, nothing, nobody)
  await new Promise((resolve) => setTimeout(resolve, 100))
  end()
  await first
  expect(await one.kept({}, nothing, nobody)).toBe(await first)
  const changing = one.change({}, nothing, nobody)
  const during = one.kept({}, nothing, nobody)
  end()
  await Promise.all([changing, during])
  const after = one.kept({}, nothing, nobody)
  end()
  await after
  expect(looks).toEqual(['kept', 'change', 'kept', 'kept'])
})

it('a look ends when the last who waits for it has gone, and not before', async () => {
  const { one, looks, ended, end } = counted()
  const [a, b] = [new AbortController(), new AbortController()]
  void one.shared({}, nothing, a.signal)
  void one.shared({}, nothing, b.signal)
  a.abort()
  expect(ended).toEqual([])
  b.abort()
  expect(ended).toEqual(['shared'])
  const again = one.shared({}, nothing, nobody)
  expect(looks, 'nobody joins one that was ended').toEqual(['shared', 'shared'])
  end()
  await again
})

it('programs end with who waits for what only reads, and not with who asked for a change', async () => {
  const gone = new AbortController()
  const run = (reads: boolean) => onBehalfOf({ name: 'a', gone: gone.signal, reads }, () => attempt(['sleep', '0.5']))
  const [reading, changing] = [run(true), run(false)]
  gone.abort()
  expect([(await reading).code === 0, (await changing).code]).toEqual([false, 0])
})

it('callers take turns, one piece each, whatever they wait for', async () => {
  const runExclusive = fairQueue()
  const order: string[] = []
  const ask = (name: string, gone = nobody) =>
    onBehalfOf({ name, gone }, () =>
      runExclusive(async () => {
        order.push(name)
        await new Promise((resolve) => setImmediate(resolve))
        if (caller()?.name !== name) throw new Error('it is done in the name of another')
        if (name === 'fails') throw new Error('no')
      }),
    )
  const left = new AbortController()
  const all = [
    ...Array.from({ length: 5 }, () => ask('greedy')),
    ask('fails').catch(() => undefined),
    ask('modest'),
    ask('gone', left.signal).catch((error: Error & { code: string }) => order.push(error.code)),
    ask('modest'),
  ]
  left.abort()
  await Promise.all(all)
  expect(order).toEqual(['greedy', 'fails', 'modest', 'too_late', 'greedy', 'modest', 'greedy', 'greedy', 'greedy'])
})
