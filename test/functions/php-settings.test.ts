import { beforeEach, expect, it } from 'vitest'
import { pruneTemporary } from '../../lib/panel/sites/temporary.ts'
import { withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

let panel: Panel
let agent: FakeAgent
beforeEach(async () => {
  panel = await openPanel()
  agent = withAgent(panel.ctx, { 'sites.prune': () => ({ removed: 3, logs: 1 }) })
  await panel.signIn()
  putSite(panel, 'shop.test', null, { runtime: 'php', phpVersion: '8.2' })
})

const patch = (phpSettings: object, headers = {}, domain = 'shop.test') =>
  panel.call('PATCH /api/sites/{site}', { path: `/api/sites/${domain}`, body: { phpSettings }, headers })

it('directives are merged by name, and go with null', async () => {
  await patch({ ini: { precision: '10', 'session.gc_maxlifetime': '7200' } })
  const { body } = await patch({ ini: { precision: null, short_open_tag: 'on' }, memoryLimitMb: 64 })
  expect(body.phpSettings).toMatchObject({
    memoryLimitMb: 64,
    ini: { 'session.gc_maxlifetime': '7200', short_open_tag: 'on' },
  })
  expect((await patch({ displayErrors: true })).body.phpSettings.ini).toHaveProperty('short_open_tag')
})

it('a directive that is none, or a value that is none of its, is refused by its name', async () => {
  for (const ini of [{ precision: 'x' }, { extension: 'a.so' }, { 'a]\n[b': '1' }]) {
    const { status, body } = await patch({ ini })
    expect([status, body.details.issues[0].path]).toEqual([422, `phpSettings.ini.${Object.keys(ini)[0]}`])
  }
  expect(agent.asked('sites.apply')).toEqual([])
})

it('an owner opens shared paths to PHP, and an administrator others', async () => {
  const owner = await newUser(panel, 'anna')
  putSite(panel, 'anna.test', 'anna', { runtime: 'php', phpVersion: '8.2' })
  expect((await patch({ openBasedir: ['/usr/share/php'] }, owner, 'anna.test')).status).toBe(200)
  const { status, body } = await patch({ openBasedir: ['/srv/data'] }, owner, 'anna.test')
  expect([status, body.code]).toEqual([403, 'field_not_allowed'])
  expect((await patch({ openBasedir: ['/srv/data'] }, {}, 'anna.test')).status).toBe(200)
})

it('the hook has the sessions of each site deleted by its own time', async () => {
  await patch({ ini: { 'session.gc_maxlifetime': '7200' } })
  putSite(panel, 'static.test', null)
  expect(await pruneTemporary(panel.ctx)).toEqual({ removed: 3, logs: 1 })
  expect(agent.asked('sites.prune')).toEqual([
    {
      sites: [
        { domain: 'shop.test', phpVersion: '8.2', sessionSeconds: 7200 },
        { domain: 'static.test', phpVersion: null, sessionSeconds: null },
      ],
    },
  ])
})
