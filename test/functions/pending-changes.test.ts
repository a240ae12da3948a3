import { expect, it } from 'vitest'
import { PanelError } from '../../lib/model/errors.ts'
import {
  applyDurably,
  enqueue,
  single,
  type Apply,
  type Single,
} from '../../lib/panel/pending-changes/pending-changes.ts'
import { resumePending, type Maker } from '../../lib/panel/pending-changes/resume.ts'
import { beginPending, endPending } from '../../lib/panel/store/pending-changes.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

const kept = (ctx: { db: { sqlite: { prepare: (sql: string) => { all: () => unknown[] } } } }) =>
  ctx.db.sqlite.prepare('SELECT kind, desired FROM pending_changes').all()

it('a change is written down while it is made, and deleted when it is, or was refused', async () => {
  const { ctx } = await openPanel()
  const during: unknown[] = []
  const apply = async () => {
    during.push(...kept(ctx))
    await Promise.resolve()
  }
  await applyDurably(ctx, 'settings', { a: 1 }, apply)
  expect(during).toEqual([{ kind: 'settings', desired: '{"a":1}' }])
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
  withAgent(ctx)
  for (const kind of ['settings', 'bans'] as const)
    beginPending(ctx.db, { kind, name: kind, change: 'update', desired: { of: kind } })
  await expect(applyDurably(ctx, 'bans', {}, () => Promise.resolve())).rejects.toMatchObject({ code: 'change_pending' })
  const done: unknown[] = []
  const made = (name: Single) => {
    const apply: Apply<unknown, void> = (_ctx, desired) => {
      done.push([name, desired])
      return name === 'bans' ? Promise.reject(new Error('the machine says no')) : Promise.resolve()
    }
    return single(name, apply)
  }
  await resumePending(ctx, { settings: made('settings'), bans: made('bans'), firewall: made('firewall') })
  expect(done).toEqual([
    ['settings', { of: 'settings' }],
    ['bans', { of: 'bans' }],
  ])
  expect(kept(ctx)).toEqual([])
})

it('a change that is under way as the panel starts is not made again over a later one', async () => {
  const { ctx } = await openPanel()
  withAgent(ctx)
  const made: unknown[] = []
  const gate = Promise.withResolvers<void>()
  const apply: Apply<unknown, void> = async (_ctx, desired) => {
    await gate.promise
    made.push(desired)
  }
  const changes = [1, 2].map((value) => enqueue(() => applyDurably(ctx, 'bans', value, apply)))
  await expect.poll(() => kept(ctx)).toHaveLength(1)
  const resumed = resumePending(ctx, { bans: single('bans', apply) })
  gate.resolve()
  await Promise.all([resumed, ...changes])
  expect(made).toEqual([1, 2])
})

it('a change that cannot be ended is told, and the others are ended all the same', async () => {
  const { ctx } = await openPanel()
  withAgent(ctx)
  for (const name of ['a.test', 'b.test', 'c.test']) beginPending(ctx.db, { kind: 'site', name, change: 'create' })
  const done: string[] = []
  const finish: Maker['finish'] = (_ctx, { name }) => {
    if (name === 'a.test') throw new Error('there is no such site')
    endPending(ctx.db, 'site', 'c.test')
    done.push(name)
    return Promise.resolve()
  }
  await resumePending(ctx, { site: { finish } })
  expect(done).toEqual(['b.test'])
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
