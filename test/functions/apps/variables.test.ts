import { expect, it } from 'vitest'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { openPanel } from '../_harness.ts'
import { at, putApp } from './_app.ts'

it('an app’s variables are told by name, and by value only to who may change them', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  const { body } = await panel.call('GET /api/sites/{site}/app', at(''))
  expect(body).toMatchObject({
    env: ['KEY'],
    state: 'stopped',
    port: 20_000,
    idleMinutes: 10,
    memoryMb: 256,
    problem: null,
    sleeps: { count: 0, seconds: 0, savedBytes: 0 },
  })
  expect(JSON.stringify(body)).not.toContain('canary')
  expect(JSON.stringify((await panel.call('GET /api/sites')).body)).not.toContain('canary')
  expect((await panel.call('GET /api/sites/{site}/app/env', at('/env'))).body).toEqual({ KEY: 'canary' })
  const { secret } = (await panel.call('POST /api/tokens', { body: { name: 'reader', scopes: ['sites:read'] } })).body
  const headers = { cookie: '', authorization: `Bearer ${secret}` }
  expect((await panel.call('GET /api/sites/{site}/app', { ...at(''), headers })).status).toBe(200)
  expect((await panel.call('GET /api/sites/{site}/app/env', { ...at('/env'), headers })).body.code).toBe('not_allowed')
})

it('the record holds the names of variables, and no value', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  await panel.call('PATCH /api/sites/{site}/app/env', { ...at('/env'), body: { OTHER: 'canary2' } })
  await panel.call('PATCH /api/sites/{site}/app', { ...at(''), body: { env: { OTHER: 'canary2' } } })
  await panel.call('POST /api/sites', {
    body: { domain: 'b.test', runtime: 'node', app: { env: { OTHER: 'canary2' } } },
  })
  const entries = JSON.stringify(listAuditEntries(panel.ctx.db, 10))
  expect(entries).toContain('OTHER')
  expect(entries).not.toContain('canary')
})

it.each<[string, string, object, string]>([
  ['a shell', 'PATCH', { startCommand: 'node a.js; id' }, 'invalid_input'],
  ['a path out of its folder', 'PATCH', { entry: '../../etc/passwd' }, 'invalid_input'],
  ['an option for a file', 'PATCH', { entry: '--eval=x' }, 'invalid_input'],
  ['a health path with a line break', 'PATCH', { healthPath: '/a\r\nHost: b' }, 'invalid_input'],
  ['a version nobody has', 'PATCH', { nodeVersion: '18' }, 'invalid_input'],
  ['another’s port', 'PATCH', { port: 22 }, 'invalid_input'],
  ['workers of Node', 'PATCH', { workers: 2 }, 'invalid_input'],
  ['a name the panel sets', 'PATCH', { env: { PORT: '1' } }, 'invalid_input'],
  ['a command of its own making', 'PATCH', { command: ['id'] }, 'invalid_input'],
  ['no minutes', 'PATCH', { idleMinutes: 0 }, 'invalid_input'],
])('%s is refused, and changes nothing', async (_, method, body, code) => {
  const panel = await openPanel()
  await panel.signIn()
  putApp(panel, 'a.test', null, 20_000)
  const before = panel.ctx.db.sqlite.prepare('SELECT * FROM sites').all()
  expect(await panel.call(`${method} /api/sites/{site}/app`, { ...at(''), body })).toMatchObject({
    status: 422,
    body: { code },
  })
  expect(panel.ctx.db.sqlite.prepare('SELECT * FROM sites').all()).toEqual(before)
})
