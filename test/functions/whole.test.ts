import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Context } from '../../lib/panel/http/context.ts'
import { changeOne, changeWhole } from '../../lib/panel/sites/whole.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

/** Work that notes when it begins and ends, and takes so long. */
const noting =
  (order: string[], name: string, ms = 20) =>
  async () => {
    order.push(`${name} begins`)
    await sleep(ms)
    order.push(`${name} ends`)
  }

it('changes run beside each other, and the whole server waits for them, and they for it', async () => {
  const ctx = {} as Context
  const order: string[] = []
  await Promise.all([
    changeOne(ctx, noting(order, 'a')),
    changeOne(ctx, noting(order, 'b', 40)),
    sleep(1).then(() => changeWhole(ctx, noting(order, 'whole'))),
    sleep(5).then(() => changeOne(ctx, noting(order, 'c'))),
  ])
  expect(order).toEqual([
    'a begins',
    'b begins',
    'a ends',
    'b ends',
    'whole begins',
    'whole ends',
    'c begins',
    'c ends',
  ])
})

it('one that fails holds none of the others up', async () => {
  const ctx = {} as Context
  const fails = () => Promise.reject(new Error('no'))
  const done = await Promise.allSettled([
    changeOne(ctx, fails),
    changeWhole(ctx, fails),
    changeWhole(ctx, () => Promise.resolve(1)),
    changeOne(ctx, () => Promise.resolve(2)),
  ])
  expect(done.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled'])
})

it('a database deleted while the whole server is converged is deleted after that, and so stays deleted', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const order: string[] = []
  const agent = withAgent(panel.ctx, {
    'server.converge': () => noting(order, 'converge', 60)().then(() => ({ changes: [] })),
    'databases.remove': () => noting(order, 'remove')().then(() => ({ bytes: null })),
  })
  expect((await panel.call('POST /api/databases', { body: { name: 'gone' } })).status).toBe(201)
  const converging = panel.call('POST /api/drift', { headers: { prefer: 'wait=5' } })
  await expect.poll(() => order).toContain('converge begins')
  expect(
    (
      await panel.call('DELETE /api/databases/{db}', {
        path: '/api/databases/gone?dump=false',
        headers: { prefer: 'wait=5' },
      })
    ).body.state,
  ).toBe('done')
  expect((await converging).body.state).toBe('done')
  expect(order).toEqual(['converge begins', 'converge ends', 'remove begins', 'remove ends'])
  expect(agent.order().filter((operation) => /converge|remove/.test(operation))).toEqual([
    'server.converge',
    'databases.remove',
  ])
})
