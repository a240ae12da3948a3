import { beforeEach, expect, it } from 'vitest'
import { siteUser } from '../../lib/model/sites/names.ts'
import { endScripts } from '../../lib/panel/caches/end-scripts.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { findSite } from '../../lib/panel/store/sites.ts'
import { refuse, withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

const MINUTE = 60_000
const begun = Date.parse('2026-11-29T12:00:00.000Z')

let panel: Panel
let agent: FakeAgent
const spec = () => findSite(panel.ctx.db, 'shop.test')!.spec
const alerts = () => listAlerts(panel.ctx.db).map(({ site, severity, message }) => ({ site, severity, message }))
const path = { path: '/api/sites/shop.test/cache' }
const put = (body: object, headers = {}) => panel.call('PUT /api/sites/{site}/cache', { ...path, body, headers })
const allow = (headers = {}) =>
  panel.call('POST /api/sites/{site}/cache/scripts', { path: `${path.path}/scripts`, headers })

beforeEach(async () => {
  panel = await openPanel()
  await panel.signIn()
  agent = withAgent(panel.ctx, {
    'caches.usage': () => ({ redis: { keys: 1, bytes: 1 }, page: null, problem: null }),
    'caches.endScripts': () => ({ outcome: 'ended', user: siteUser('shop.test') }),
  })
  putSite(panel, 'other.test', null)
})

it('scripts that hold Redis up are told of, and the third within an hour takes the right to scripts', async () => {
  const ann = await newUser(panel, 'ann')
  putSite(panel, 'shop.test', 'ann')
  expect((await put({ redis: true })).status).toBe(200)
  const end = (minutes: number) => endScripts(panel.ctx, begun + minutes * MINUTE)
  await end(0)
  await end(50)
  await end(70)
  expect(alerts()).toEqual([
    { site: 'shop.test', severity: 'warning', message: expect.stringContaining('2 within an hour') as string },
  ])
  expect(spec().cache.scripts).toBe(true)
  agent.answers['sites.apply'] = refuse('nginx_check_failed')
  await end(71)
  expect([spec().cache.scripts, alerts()[0]!.severity], 'it is tried again').toEqual([true, 'warning'])
  delete agent.answers['sites.apply']
  await end(72)
  expect(alerts()).toMatchObject([
    {
      site: 'shop.test',
      severity: 'critical',
      message: expect.stringContaining('sites cache scripts shop.test') as string,
    },
  ])
  expect(agent.asked('sites.apply').at(-1)).toMatchObject({ desired: { spec: { cache: { scripts: false } } } })

  agent.answers['caches.endScripts'] = () => ({ outcome: 'none', user: null })
  await put({}, ann)
  await put({ redis: true }, ann)
  expect(spec().cache.scripts, 'turning Redis off and on gives nothing back').toBe(false)
  expect(await allow(ann)).toMatchObject({ status: 403 })
  await end(600)
  expect(alerts()).toHaveLength(1)
  expect((await allow()).body.redis.scripts).toBe(true)
  await end(601)
  expect(alerts()).toEqual([])
})

it('one script costs an hour of warning, and a user that is no site’s costs nothing', async () => {
  putSite(panel, 'shop.test', null)
  await put({ redis: true })
  agent.answers['caches.endScripts'] = () => ({ outcome: 'restarted', user: 's-gone-00000000' })
  await endScripts(panel.ctx, begun)
  expect(alerts()).toEqual([])
  agent.answers['caches.endScripts'] = () => ({ outcome: 'ended', user: siteUser('shop.test') })
  await endScripts(panel.ctx, begun)
  agent.answers['caches.endScripts'] = () => ({ outcome: 'none', user: null })
  await endScripts(panel.ctx, begun + 59 * MINUTE)
  expect(alerts()).toHaveLength(1)
  await endScripts(panel.ctx, begun + 61 * MINUTE)
  expect(alerts()).toEqual([])
})
