import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { beginFaults, dyingAt, endFaults } from '../../machine/faults.ts'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, output, deleteSite } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'
import { cacheOf, putCache, redis, redisSite, type Account } from '../../machine/cache/_cache.ts'

const domain = 'torn.test'

let machine: Machine
let panel: Api
let witness: Account
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await beginFaults(machine)
  await create(panel, { domain, runtime: 'php' })
  witness = await redisSite(panel, 'calm.test')
  await redis(machine, witness, ['set', `${witness.username}:a`, 'kept'])
})
afterAll(async () => {
  await endFaults(machine)
  await deleteSite(panel, domain)
  await deleteSite(panel, 'calm.test')
})
beforeEach(() => showJournalOnFailure(machine))

it('killed at each step of turning caches on and off, the agent does it all the same', async () => {
  const before = await output(machine, 'cat', '/run/redis/redis-server.pid')
  let step = 0
  for (let died = true; died && step < 60; step++) {
    died = await dyingAt(machine, String(step), async () => {
      const { status, body } = await putCache(panel, domain, { redis: true, page: { minutes: 5 } })
      expect([status, body.problem]).toEqual([200, null])
      expect(await redis(machine, body.redis, ['set', `${body.redis.username}:a`, 'x'])).toBe('OK')
      expect((await site(machine, domain)).headers['x-cache']).toBe('MISS')
      expect((await panel.get('/drift')).body.changes).toEqual([])
    })
    if (died)
      expect(
        await dyingAt(machine, String(step), async () =>
          expect((await putCache(panel, domain, {})).body).toEqual({ redis: null, page: null, problem: null }),
        ),
      ).toBeDefined()
    else await putCache(panel, domain, {})
    expect((await panel.get('/drift')).body.changes).toEqual([])
  }
  expect(step).toBeGreaterThan(6)
  expect(await redis(machine, witness, ['get', `${witness.username}:a`])).toBe('kept')
  expect(await output(machine, 'cat', '/run/redis/redis-server.pid')).toBe(before)
}, 300_000)

it('killed again and again, it leaves nothing', async () => {
  for (const step of [0, 1, 2, 3, 4, 5, 6]) {
    await dyingAt(machine, `${step} always`, async () => {
      const { status, body } = await putCache(panel, domain, { redis: true, page: { minutes: 5 } })
      expect([status, body.code]).toEqual([503, 'agent_lost'])
    })
    expect((await panel.get('/drift')).body.changes).toEqual([])
    expect(await cacheOf(panel, domain)).toEqual({ redis: null, page: null, problem: null })
    expect(await output(machine, 'grep', '-c', 'torn', '/etc/hosting-panel/redis.acl')).toBe('0')
  }
}, 300_000)

it('killed at each step of putting Redis’s settings back, it does so at the next try', async () => {
  let step = 0
  for (let died = true; died && step < 30; step++) {
    await output(machine, 'sed', '-i', 's/^maxmemory 100mb/maxmemory 7mb/', '/etc/redis/redis.conf')
    died = await dyingAt(machine, String(step), () => panel.post('/drift', undefined, { prefer: 'wait=60' }))
    if ((await panel.get('/drift')).body.changes.length > 0)
      expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
    expect((await panel.get('/drift')).body.changes).toEqual([])
    expect(await redis(machine, witness, ['ping'])).toBe('PONG')
  }
  expect(step).toBeGreaterThan(2)
}, 900_000)
