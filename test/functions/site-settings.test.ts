import { beforeEach, describe, expect, it } from 'vitest'
import { findSite } from '../../lib/panel/store/sites.ts'
import { withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { putSite } from './_users.ts'

let panel: Panel
let agent: FakeAgent

const domain = 'shop.test'
const path = (rest = '') => ({ path: `/api/sites/${domain}${rest}` })
const patch = (body: object, query = '') => panel.call('PATCH /api/sites/{site}', { ...path(query), body })
const put = (body: object, query = '') =>
  panel.call('PUT /api/sites/{site}/redirects', { ...path(`/redirects${query}`), body })
const stored = (name = domain) => findSite(panel.ctx.db, name)!.spec

beforeEach(async () => {
  panel = await openPanel()
  agent = withAgent(panel.ctx)
  await panel.signIn()
  putSite(panel, domain, null, { aliases: ['www.shop.test'] })
  putSite(panel, 'php.test', null, { runtime: 'php', phpVersion: '8.2' })
})

/** The field that a refusal names; the site is as before, and the machine was not asked to change anything. */
async function refusedField(body: object, send = patch): Promise<string> {
  const before = JSON.stringify(stored())
  const { status, body: answer } = await send(body)
  expect([status, answer.code, JSON.stringify(stored())]).toEqual([422, 'invalid_input', before])
  expect(agent.order()).not.toContain('sites.apply')
  return answer.details.issues[0].path as string
}

const hostile = ['x;\nattack;', 'x}\nattack {', 'x"; attack "', "x'; attack '", 'x\r\nattack: 1', 'x\\\nattack', '\0']
const area = (changes: object) => ({ path: '/a', users: [{ name: 'ann', password: 'a password' }], ...changes })
const headers = (changes: object) => ({ headers: [{ name: 'X-A', value: 'b', ...changes }] })
const cors = (changes: object) => ({ cors: { origins: ['https://a.test'], ...changes } })

describe('a hostile text', () => {
  it.each<[string, (text: string) => object]>([
    ['documentRoot', (text) => ({ documentRoot: text })],
    ['documentRoot', (text) => ({ documentRoot: `public/${text}` })],
    ['fallback', (text) => ({ fallback: `/${text}\n.html` })],
    ['frontControllers.0', (text) => ({ frontControllers: [`/${text}\n`] })],
    ['errorPages.0.path', (text) => ({ errorPages: [{ status: 404, path: `/${text}\n` }] })],
    ['headers.0.name', (text) => headers({ name: text })],
    ['headers.0.value', (text) => headers({ value: `${text}\n` })],
    ['headers.0.path', (text) => headers({ path: `/${text}\n` })],
    ['cors.origins.0', (text) => cors({ origins: [`https://${text}`] })],
    ['cors.headers.0', (text) => cors({ headers: [text] })],
    ['cors.exposed.0', (text) => cors({ exposed: [text] })],
    ['deniedPaths.0', (text) => ({ deniedPaths: [`/${text}\n`] })],
    ['maintenanceAllow.0', (text) => ({ maintenanceAllow: [text] })],
    ['basicAuth.0.path', (text) => ({ basicAuth: [area({ path: `/${text}\n` })] })],
    ['basicAuth.0.realm', (text) => ({ basicAuth: [area({ realm: text })] })],
    [
      'basicAuth.0.users.0.name',
      (text) => ({ basicAuth: [area({ users: [{ name: text, password: 'a password' }] })] }),
    ],
    [
      'basicAuth.0.users.0.password',
      (text) => ({ basicAuth: [area({ users: [{ name: 'a', password: `${text}\n` }] })] }),
    ],
  ])('is refused in %s', async (field, body) => {
    for (const text of hostile) expect([text, await refusedField(body(text))]).toEqual([text, field])
  })

  it.each<[string, (text: string) => object]>([
    ['redirects.0.from', (from) => ({ from: `/${from}\n`, to: '/b' })],
    ['redirects.0.from', (from) => ({ from: `^/${from}\n`, match: 'regex', to: '/b' })],
    ['redirects.0.to', (to) => ({ from: '/a', to: `/${to}\n` })],
    ['redirects.0.to', (to) => ({ from: '/a', to: `https://a.test/${to}\n` })],
  ])('is refused in %s', async (field, one) => {
    for (const text of hostile) expect(await refusedField({ redirects: [one(text)] }, put)).toBe(field)
  })
})

describe('settings that contradict themselves', () => {
  it.each<[object, string]>([
    [{ documentRoot: '../other.test/public' }, 'documentRoot'],
    [{ documentRoot: '/etc' }, 'documentRoot'],
    [{ documentRoot: 'tmp' }, 'documentRoot'],
    [{ documentRoot: 'sessions/x' }, 'documentRoot'],
    [{ documentRoot: 'project/.git' }, 'documentRoot'],
    [{ fallback: '/app.js' }, 'fallback'],
    [{ frontControllers: ['/blog'] }, 'frontControllers'],
    [{ deniedPaths: ['/'] }, 'deniedPaths'],
    [{ deniedPaths: ['/a*b*c*d'] }, 'deniedPaths.0'],
    [{ deniedPaths: ['/a**'] }, 'deniedPaths.0'],
    [{ deniedPaths: [`/${'a*'.repeat(20)}`] }, 'deniedPaths.0'],
    [{ errorPages: [{ status: 413, path: '/large.php' }] }, 'errorPages'],
    [{ errorPages: [{ status: 413, path: '/.git/large.html' }] }, 'errorPages'],
    [{ headers: Array.from({ length: 21 }, (_, at) => ({ name: 'X-A', value: 'b', path: `/${at}` })) }, 'headers'],
    [{ deniedPaths: ['/e'], errorPages: [{ status: 404, path: '/e/404.html' }] }, 'errorPages'],
    [{ deniedPaths: ['/index.html'], fallback: '/index.html' }, 'fallback'],
    [headers({ name: 'Strict-Transport-Security' }), 'headers.0.name'],
    [headers({ name: 'Set-Cookie' }), 'headers.0.name'],
    [headers({ name: 'Access-Control-Allow-Origin' }), 'headers.0.name'],
    [headers({ value: '$'.repeat(300) }), 'headers.0.value'],
    [cors({ origins: ['*'], credentials: true }), 'cors'],
    [cors({ origins: ['https://a.test/path'] }), 'cors.origins.0'],
    [{ basicAuth: [area({ realm: 'off' })] }, 'basicAuth.0.realm'],
    [{ basicAuth: [area({}), area({ path: '/A/' })] }, 'basicAuth'],
    [{ basicAuth: [area({ users: [{ name: 'new' }] })] }, 'basicAuth.0.users.0.password'],
    [{ maintenanceAllow: ['192.0.2.0/33'] }, 'maintenanceAllow.0'],
  ])('%j are refused', async (body, field) => expect(await refusedField(body)).toBe(field))

  it('and those that a runtime has no use for', async () => {
    const body = { fallback: '/index.html' }
    const { status, body: answer } = await panel.call('PATCH /api/sites/{site}', { path: '/api/sites/php.test', body })
    expect([status, answer.details.issues[0].path]).toEqual([422, 'fallback'])
  })
})

describe('a document root', () => {
  it('is looked at on the machine before anything changes', async () => {
    agent.answers['sites.checkRoot'] = () => ({ problem: 'project/web is not there. Upload it first' })
    expect(await refusedField({ documentRoot: 'project/web' })).toBe('documentRoot')
    expect(agent.asked('sites.checkRoot')).toEqual([{ domain, documentRoot: 'project/web' }])
    delete agent.answers['sites.checkRoot']
    const { status, body } = await patch({ documentRoot: 'project/web' })
    expect([status, body.documentRoot, body.root]).toEqual([200, 'project/web', '/var/www/shop.test/project/web'])
  })

  it('that is being looked at takes back no change that was made meanwhile', async () => {
    agent.answers['sites.checkRoot'] = async () => {
      delete agent.answers['sites.checkRoot']
      expect((await patch({ bodyLimitMb: 77, owner: 'admin' })).status).toBe(200)
      return { problem: null }
    }
    const { status, body } = await patch({ documentRoot: 'project/web' })
    expect([status, body.documentRoot, body.bodyLimitMb, body.owner]).toEqual([200, 'project/web', 77, 'admin'])
  })
})

describe('passwords of protected paths', () => {
  const users = [
    { name: 'ann', password: 'first password' },
    { name: 'bob', password: 'second password' },
  ]

  it('are kept as hashes, and never answered', async () => {
    const { status, body } = await patch({ basicAuth: [{ path: '/admin/', users }] })
    expect([status, body.basicAuth]).toEqual([200, [{ path: '/admin/', realm: 'Protected', users: ['ann', 'bob'] }]])
    const [first] = stored().basicAuth
    for (const { hash } of first!.users) expect(hash).toMatch(/^\$6\$rounds=1000\$/)
    const seen = [
      await panel.call('GET /api/sites/{site}', path()),
      await panel.call('GET /api/sites', { path: '/api/sites' }),
      await panel.call('GET /api/audit', { path: '/api/audit' }),
    ]
    expect(JSON.stringify(seen)).not.toMatch(/first password|second password|\$6\$/)
    expect(JSON.stringify(stored())).not.toContain('first password')
  })

  it('stay when a user comes without one', async () => {
    await patch({ basicAuth: [{ path: '/admin', users }] })
    const before = stored().basicAuth[0]!.users[0]
    await patch({ basicAuth: [{ path: '/admin', realm: 'Team', users: [{ name: 'ann' }] }] })
    expect(stored().basicAuth).toEqual([{ path: '/admin', realm: 'Team', users: [before] }])
    await patch({ aliases: [] })
    expect(stored().basicAuth).toHaveLength(1)
  })
})

describe('redirects', () => {
  it('are set, listed, added to and planned', async () => {
    const one = { from: '/a', match: 'exact', to: '/b', status: 301 }
    expect((await put({ redirects: [{ from: '/a', to: '/b' }] })).body).toEqual({ redirects: [one] })
    expect((await put({ list: '/c /d 302\n/A /x', add: true })).body.redirects).toEqual([
      { from: '/c', match: 'exact', to: '/d', status: 302 },
      { from: '/A', match: 'exact', to: '/x', status: 301 },
    ])
    expect((await put({ list: '/e /f' }, '?plan=true')).body).toEqual({ changes: [] })
    expect((await panel.call('GET /api/sites/{site}/redirects', path('/redirects'))).body.redirects).toHaveLength(2)
    expect((await panel.call('GET /api/sites/{site}', path())).body).not.toHaveProperty('redirects')
    expect((await put({})).body).toEqual({ redirects: [] })
  })

  it('may be ten thousand', async () => {
    const list = Array.from({ length: 10_000 }, (_, index) => `/old/page-${index} /new/${index}`).join('\n')
    expect((await put({ list })).body.redirects).toHaveLength(10_000)
    agent.reset()
    expect(await refusedField({ list: '/one /more', add: true }, put)).toBe('redirects')
  })

  it.each<[object, string]>([
    [{ list: '/a /b\nnonsense' }, 'list.2'],
    [{ list: '/a //evil.test' }, 'list.0.to'],
    [{ redirects: [{ from: '/a', to: 'https://www.shop.test/a' }] }, 'redirects.0.to'],
    [{ redirects: [{ from: '^/(a+)+$', match: 'regex', to: '/b' }] }, 'redirects.0.from'],
  ])('%j are refused', async (body, field) => expect(await refusedField(body, put)).toBe(field))

  it('may not become a circle by a new alias', async () => {
    await put({ redirects: [{ from: '/a', to: 'https://alias.test/a' }] })
    agent.reset()
    expect(await refusedField({ aliases: ['alias.test'] })).toBe('redirects.0.to')
  })
})

it('a .htaccess is named with what it would deny', async () => {
  const files = [{ path: '/data', denied: ['/data'], password: false, rewrites: false }]
  agent.answers['sites.htaccess'] = () => ({ files, complete: true })
  const get = (name: string) => panel.call('GET /api/sites/{site}/htaccess', { path: `/api/sites/${name}/htaccess` })
  expect((await get(domain)).body).toEqual({ files, complete: true })
  expect(agent.asked('sites.htaccess')).toEqual([{ domain, documentRoot: 'public' }])
})
