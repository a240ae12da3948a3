import { beforeEach, describe, expect, it } from 'vitest'
import { newApp } from '../../lib/model/apps/schema.ts'
import { noCaches } from '../../lib/model/caches/schema.ts'
import { webDefaults } from '../../lib/model/sites/web-settings.ts'
import { wake } from '../../lib/panel/apps/wake.ts'
import { findApp, noteStart } from '../../lib/panel/store/apps.ts'
import { findSite } from '../../lib/panel/store/sites.ts'
import { refuse, withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

const now = '2026-11-23T00:00:00.000Z'
const page = { minutes: 5, bypassCookies: [], byDevice: false }
let panel: Panel
let agent: FakeAgent
let stopped: string[]

beforeEach(async () => {
  panel = await openPanel()
  agent = withAgent(panel.ctx)
  stopped = []
  panel.ctx.supervisor = {
    call: (operation: string, input: unknown) => {
      stopped.push(`${operation} ${(input as { domain: string }).domain}`)
      return Promise.resolve({ stopped: true, memoryBytes: 1 }) as never
    },
  }
  await panel.signIn()
  putSite(panel, 'php.test', null, {
    runtime: 'php',
    phpVersion: '8.2',
    phpSettings: { memoryLimitMb: 256 },
    documentRoot: 'project/public',
    frontControllers: ['/blog'],
    aliases: ['www.php.test'],
    cache: { ...noCaches, page },
    headers: [{ name: 'X-A', value: 'b', path: '/' }],
  })
  const app = { ...newApp('node', 20_000), env: { KEY: 'canary' }, command: ['node', 'a.js'] }
  putSite(panel, 'node.test', null, { runtime: 'node', app })
  noteStart(panel.ctx.db, 'node.test', app, now)
})

const patch = async (domain: string, body: object, query = '', headers: object = {}) =>
  panel.call('PATCH /api/sites/{site}', { path: `/api/sites/${domain}${query}`, body, headers: { ...headers } })
const stored = (domain: string) => findSite(panel.ctx.db, domain)!.spec

describe('another runtime', () => {
  it('keeps what it has a use for, and says what went back to its default', async () => {
    const { status, body } = await patch('php.test', { runtime: 'static' })
    expect([status, body.reset]).toEqual([200, ['phpVersion', 'phpSettings', 'frontControllers', 'cache.page']])
    expect(stored('php.test')).toMatchObject({
      runtime: 'static',
      phpVersion: null,
      phpSettings: { memoryLimitMb: 128 },
      documentRoot: 'project/public',
      aliases: ['www.php.test'],
      frontControllers: [],
      cache: { page: null },
      headers: [{ name: 'X-A' }],
    })
    const back = await patch('php.test', { runtime: 'php', phpSettings: { maxChildren: 2 } })
    expect([back.body.reset, back.body.phpVersion, back.body.phpSettings.maxChildren]).toEqual([[], '8.2', 2])
    expect((await patch('php.test', { bodyLimitMb: 5 })).body).not.toHaveProperty('reset')
  })

  it('is shown by a plan with all that it takes back, and changes nothing then', async () => {
    const before = JSON.stringify(stored('php.test'))
    const { body } = await patch('php.test', { runtime: 'node', app: { entry: 'server.js' } }, '?plan=true')
    expect(body.changes.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual([
      'setting phpVersion',
      'setting phpSettings',
      'setting documentRoot',
      'setting frontControllers',
    ])
    expect([JSON.stringify(stored('php.test')), agent.asked('sites.apply'), stopped]).toEqual([before, [], []])
  })

  it('brings its own settings along, an app one with a port of its own', async () => {
    const wanted = { runtime: 'python', app: { entry: 'app:app', env: { A: 'b' } } }
    expect((await patch('php.test', wanted)).body).toMatchObject({ runtime: 'python', cache: { page } })
    expect(stored('php.test')).toMatchObject({
      documentRoot: webDefaults.documentRoot,
      app: { entry: 'app:app', env: { A: 'b' }, workers: 2, command: null, port: expect.any(Number) },
    })
    const proxy = { runtime: 'proxy', proxyTo: 'https://other.example', proxySettings: { timeoutSeconds: 9 } }
    expect((await patch('php.test', proxy)).body).toMatchObject({ proxyTo: 'https://other.example', reset: ['app'] })
    expect(stored('php.test')).toMatchObject({ app: null, proxySettings: { timeoutSeconds: 9 } })
  })

  it('ends the app first, whose state is gone then', async () => {
    agent.answers['sites.apply'] = async () => {
      expect(stopped).toEqual(['stop node.test'])
      await expect(wake(panel.ctx, 'node.test')).rejects.toMatchObject({ code: 'app_stopped' })
      return { changes: [] }
    }
    const { status, body } = await patch('node.test', { runtime: 'python' })
    expect([status, body.reset]).toEqual([200, ['app']])
    expect(findApp(panel.ctx.db, 'node.test')).toMatchObject({ status: 'stopped', startedAt: null, startedWith: null })
    expect(stored('node.test').app).toMatchObject({ nodeVersion: null, env: {} })
  })

  it('that the machine refuses leaves the old one exactly, its app to be started again', async () => {
    const before = [JSON.stringify(stored('node.test')), findApp(panel.ctx.db, 'node.test')]
    agent.answers['sites.apply'] = refuse('nginx_check_failed')
    expect((await patch('node.test', { runtime: 'static' })).body.code).toBe('nginx_check_failed')
    expect([JSON.stringify(stored('node.test')), findApp(panel.ctx.db, 'node.test')]).toEqual(before)
    expect(before[1]).toMatchObject({ status: 'running', startedAt: now })
  })

  it.each([
    ['node.test', { runtime: 'proxy' }, 'proxyTo'],
    ['node.test', { runtime: 'static', phpVersion: '8.2' }, 'phpVersion'],
    ['node.test', { runtime: 'static', app: {} }, 'app'],
    ['node.test', { app: { entry: 'a.js' } }, 'app'],
    ['node.test', { runtime: 'python', app: { nodeVersion: '22' } }, 'nodeVersion'],
    ['node.test', { runtime: 'node', fallback: '/index.html' }, 'fallback'],
    ['php.test', { runtime: 'node', isolation: 'shared' }, 'isolation'],
    ['php.test', { runtime: 'node', documentRoot: 'x' }, 'documentRoot'],
    ['php.test', { runtime: 'apache' }, 'runtime'],
  ])('%s does not become %j', async (domain, body, field) => {
    const before = JSON.stringify(stored(domain))
    const answer = await patch(domain, body)
    expect([answer.status, answer.body.details.issues[0].path]).toEqual([422, field])
    expect([JSON.stringify(stored(domain)), stopped, agent.asked('sites.apply')]).toEqual([before, [], []])
  })

  it('counts as an app for its owner’s limit', async () => {
    const anna = await newUser(panel, 'anna', { apps: 0 })
    putSite(panel, 'anna.test', 'anna')
    for (const query of ['', '?plan=true'])
      expect((await patch('anna.test', { runtime: 'node' }, query, anna)).body.code).toBe('limit_reached')
    expect(stored('anna.test')).toMatchObject({ runtime: 'static', app: null })
    expect((await patch('anna.test', { runtime: 'php' }, '', anna)).status).toBe(200)
  })
})
