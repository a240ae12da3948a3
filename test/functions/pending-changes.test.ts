import { expect, it } from 'vitest'
import { PanelError } from '../../lib/model/errors.ts'
import { applyDurably, enqueue, resumePending, type Apply } from '../../lib/panel/pending-changes/pending-changes.ts'
import { openPanel } from './_harness.ts'

const kept = (ctx: { db: { sqlite: { prepare: (sql: string) => { all: () => unknown[] } } } }) =>
  ctx.db.sqlite.prepare("SELECT key FROM kv WHERE key LIKE 'wish:%'").all()

it('a change is written down while it is made, and forgotten when it is, or was refused', async () => {
  const { ctx } = await openPanel()
  const during: unknown[] = []
  const fulfil = async () => {
    during.push(...kept(ctx))
    await Promise.resolve()
  }
  await applyDurably(ctx, 'settings', { a: 1 }, fulfil)
  expect(during).toEqual([{ key: 'wish:settings' }])
  expect(kept(ctx)).toEqual([])
  await expect(
    applyDurably(ctx, 'settings', {}, () =>
      Promise.reject(PanelError.relay({ code: 'refused', status: 409, message: 'no' })),
    ),
  ).rejects.toThrow('no')
  expect(kept(ctx)).toEqual([])
})

it('what a restart cut off is ended at the next start, each change by its own maker', async () => {
  const { ctx } = await openPanel()
  ctx.agent = { call: () => Promise.resolve({ services: [], recovered: null }) as never }
  for (const name of ['settings', 'bans']) await ctx.kv.set(`wish:${name}`, { of: name }, null)
  const done: unknown[] = []
  const made =
    (name: string): Apply<never, void> =>
    (_ctx, wish) => {
      done.push([name, wish])
      return name === 'bans' ? Promise.reject(new Error('the machine says no')) : Promise.resolve()
    }
  await resumePending(ctx, { settings: made('settings'), bans: made('bans'), firewall: made('firewall') })
  expect(done).toEqual([
    ['settings', { of: 'settings' }],
    ['bans', { of: 'bans' }],
  ])
  expect(kept(ctx)).toEqual([])
})

it('changes are made in turn, and one that fails holds none of the others up', async () => {
  const order: string[] = []
  const work = (name: string, fails = false) =>
    enqueue(async () => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push(`${name} ends`)
      if (fails) throw new Error(name)
    })
  const [, second] = await Promise.allSettled([work('a'), work('b', true), work('c')])
  expect(second!.status).toBe('rejected')
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})
