import { expect, it } from 'vitest'
import { createAtOnce } from '../../lib/panel/http/at-once.ts'

const nobody = new AbortController().signal
const one = { username: 'one', role: 'user' } as const

/** Calls that end when they are told to. */
function lanes() {
  const atOnce = createAtOnce({ user: { running: 2, waiting: 2 }, admin: { running: 4, waiting: 0 } })
  const ends: (() => void)[] = []
  const begun: string[] = []
  const call = (name: string, who: Parameters<typeof atOnce.run>[0] = one, gone = nobody) =>
    atOnce.run(who, gone, () => {
      begun.push(name)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  return { call, begun, end: () => ends.shift()!() }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

it('a few run, a few wait for them, and more are refused; nobody else is concerned', async () => {
  const { call, begun, end } = lanes()
  const calls = ['a', 'b', 'c', 'd'].map((name) => call(name))
  await expect(call('e')).rejects.toMatchObject({ code: 'too_many_at_once', status: 429 })
  void call('other', { username: 'two', role: 'user' })
  await settled()
  expect(begun).toEqual(['a', 'b', 'other'])
  end()
  await calls[0]
  await settled()
  expect(begun).toEqual(['a', 'b', 'other', 'c'])
  void call('e')
  await expect(call('f')).rejects.toMatchObject({ code: 'too_many_at_once' })
})

it('who has gone gives the place up; an administrator has more', async () => {
  const { call, begun, end } = lanes()
  const gone = new AbortController()
  const [first] = [call('a'), call('b')]
  const waiting = call('c', one, gone.signal)
  const last = call('d')
  gone.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
  end()
  await first
  await settled()
  expect(begun).toEqual(['a', 'b', 'd'])
  void last
  const admin = { username: 'admin', role: 'admin' } as const
  for (const name of ['1', '2', '3', '4']) void call(name, admin)
  await expect(call('5', admin)).rejects.toMatchObject({ code: 'too_many_at_once' })
})
