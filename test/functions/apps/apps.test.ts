import { expect, it } from 'vitest'
import type { AppStatic } from '../../../lib/model/apps/static.ts'
import type { Parsed } from '../../../lib/model/protocol/agent.ts'
import { findApp, noteFailure, noteRunning } from '../../../lib/panel/store/apps.ts'
import { refuse, withAgent } from '../_agent.ts'
import { openPanel } from '../_harness.ts'
import { newUser, putSite } from '../_users.ts'
import { at, putApp } from './_app.ts'

it('a site without an app says so, and an app is nobody’s but its owner’s', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putSite(panel, 'a.test', null)
  for (const [operation, path] of [
    ['GET /api/sites/{site}/app', ''],
    ['POST /api/sites/{site}/app/start', '/start'],
    ['GET /api/sites/{site}/app/env', '/env'],
    ['GET /api/sites/{site}/app/log', '/log'],
  ] as const) {
    expect(await panel.call(operation, at(path))).toMatchObject({ status: 409, body: { code: 'not_an_app' } })
  }
  const ann = await newUser(panel, 'ann')
  expect(await panel.call('POST /api/sites/{site}/app/start', { ...at('/start'), headers: ann })).toMatchObject({
    status: 404,
    body: { code: 'site_not_found' },
  })
})

it('an app that runs again shows no problem of an earlier start', async () => {
  const panel = await openPanel()
  putApp(panel, 'a.test', null, 20_000)
  noteFailure(panel.ctx.db, 'a.test', 'It was given up', '2026-11-23T00:00:00.000Z')
  noteRunning(panel.ctx.db, 'a.test', null, '2026-11-23T00:01:00.000Z')
  expect(findApp(panel.ctx.db, 'a.test')).toMatchObject({ status: 'running', problem: null })
})

it('a user’s limit on apps holds', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const ann = await newUser(panel, 'ann', { apps: 1 })
  putApp(panel, 'a.test', 'ann', 20_000)
  const add = (runtime: string) => panel.call('POST /api/sites', { body: { domain: 'b.test', runtime }, headers: ann })
  expect(await add('python')).toMatchObject({
    status: 403,
    body: { code: 'limit_reached', message: expect.stringContaining('1 app.') },
  })
  expect((await add('static')).body.code, 'no machine stands behind this test').toBe('agent_unreachable')
})

it('static folders open before nginx sends from them, and close after; a failing step leaves the old', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  const agent = withAgent(panel.ctx)
  const set = async (...folders: string[]) => {
    agent.reset()
    const body = { static: folders.map((directory) => ({ path: `/${directory}`, directory })) }
    const { status } = await panel.call('PATCH /api/sites/{site}/app', { ...at(''), body })
    const steps = agent.calls.flatMap(([operation, input]) => {
      if (operation === 'sites.apply') return ['apply']
      if (operation !== 'apps.static') return []
      const { spec, before, switched } = input as Parsed<'apps.static'>
      return [`${switched ? 'close' : 'open'} ${names(spec.app!.static)} ${names(before)}`]
    })
    return [status, ...steps]
  }
  const names = (list: AppStatic) => list.map(({ directory }) => directory).join('+')
  expect(await set('a')).toEqual([200, 'open a ', 'apply', 'close a '])
  expect(await set('b')).toEqual([200, 'open b a', 'apply', 'close b a'])
  agent.answers['sites.apply'] = refuse('nginx_check_failed')
  expect(await set('c')).toEqual([422, 'open c b', 'apply', 'close b c'])
  agent.answers = { 'apps.static': ({ switched }) => (switched ? {} : refuse('static_failed')()) }
  expect(await set('c')).toEqual([422, 'open c b', 'close b c'])
  agent.answers = { 'apps.static': ({ switched }) => (switched ? refuse('static_failed')() : {}) }
  expect(await set('c')).toEqual([200, 'open c b', 'apply', 'close c b'])
})
