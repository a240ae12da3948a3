import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output } from './_helpers.ts'
import { proof, proofPath, settingsOf, type Settings } from './_settings.ts'

const domain = 'access.test'
const php = 'access-php.test'
let machine: Machine
let panel: Api
let own: Settings
let other: Settings

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  for (const one of [domain, php]) await deleteSite(panel, one)
  await create(panel, { domain, runtime: 'static' })
  await create(panel, { domain: php, runtime: 'php' })
  own = settingsOf(machine, panel, domain)
  other = settingsOf(machine, panel, php)
  await own.put('public/index.html', 'home')
  await own.put('public/about.html', 'about')
  await proof(machine)
})
afterAll(async () => {
  for (const one of [domain, php]) await deleteSite(panel, one)
})
beforeEach(() => showJournalOnFailure(machine))

const basic = (name: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
})

describe('a protected path', () => {
  const users = [{ name: 'ann', password: 'a "pässword" $uri' }]

  it('opens with the right password, by whatever spelling it is asked for', async () => {
    await own.folder('public/in')
    await own.put('public/in/file.txt', 'inside')
    await own.patch({ basicAuth: [{ path: '/in', realm: 'Members', users }] })
    const { status, headers } = await own.get('/in/file.txt')
    expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="Members"'])
    for (const path of ['/IN/file.txt', '//in/file.txt', '/x/../in/file.txt', '/%69n/file.txt', '/in'])
      expect([path, (await own.get(path)).status]).toEqual([path, 401])
    expect((await own.get('/in/file.txt', basic('ann', 'wrong password'))).status).toBe(401)
    expect((await own.get('/in/file.txt', basic('bob', 'a "pässword" $uri'))).status).toBe(401)
    expect(await own.seen('/in/file.txt', basic('ann', 'a "pässword" $uri'))).toEqual([200, 'inside'])
    expect(await own.seen('/')).toEqual([200, 'home'])
  })

  it('of PHP is protected behind its front controller too', async () => {
    await other.patch({ basicAuth: [{ path: '/in', realm: 'Members', users }] })
    for (const path of ['/in/x', '/index.php/in/x', '/index.php/in%0a'])
      expect([path, (await other.get(path)).status]).toEqual([path, 401])
    expect((await other.get('/index.php/out')).status).not.toBe(401)
    await other.patch({ basicAuth: [] })
  })

  it('keeps its hashes from everybody but nginx', async () => {
    const name = createHash('sha256').update('/in').digest('hex').slice(0, 16)
    const file = `/etc/nginx/hosting-panel-passwords/${domain}.${name}`
    expect(await output(machine, 'stat', '-c', '%U:%G %a', file)).toBe('root:www-data 640')
    await own.run(`! cat ${file}`)
    expect((await panel.get(`/sites/${domain}`)).body.basicAuth).toEqual([
      { path: '/in', realm: 'Members', users: ['ann'] },
    ])
  })

  it('is all of the site, authorities’ proof excepted; without areas nothing is left', async () => {
    await own.patch({ basicAuth: [{ path: '/', users: [{ name: 'ann' }] }] })
    expect([(await own.get('/')).status, (await own.get('/missing')).status]).toEqual([401, 401])
    expect((await own.get(proofPath)).status).toBe(200)
    expect((await own.get('/', basic('ann', 'a "pässword" $uri'))).status).toBe(200)
    await own.patch({ basicAuth: [] })
    expect(await output(machine, 'ls', '/etc/nginx/hosting-panel-passwords')).toBe('')
    expect((await own.get('/')).status).toBe(200)
  })
})

describe('headers', () => {
  it('are sent with each answer, and none of the panel’s is lost', async () => {
    await own.patch({
      headers: [
        { name: 'X-Frame-Options', value: 'DENY' },
        { name: 'X-Odd', value: 'a"b\\c;}{#$uri ${host}' },
        { name: 'X-Robots-Tag', value: 'noindex', path: '/about.html' },
      ],
    })
    for (const path of ['/', '/missing', '/about.html']) {
      const { headers } = await own.get(path)
      expect([path, headers['x-frame-options'], headers['x-odd'], headers['x-content-type-options']]).toEqual([
        path,
        'DENY',
        'a"b\\c;}{#$uri ${host}',
        'nosniff',
      ])
      expect([path, headers['x-robots-tag']]).toEqual([path, path === '/about.html' ? 'noindex' : undefined])
    }
    await own.patch({ headers: [] })
  })

  it('let pages of some origins in', async () => {
    await own.patch({
      cors: { origins: ['https://app.test'], methods: ['PUT'], headers: ['X-Token'], credentials: true },
    })
    const asked = { origin: 'https://app.test', 'access-control-request-method': 'PUT' }
    const { status, headers } = await own.get('/anything', asked, 'OPTIONS')
    expect([status, headers]).toMatchObject([
      204,
      {
        'access-control-allow-origin': 'https://app.test',
        'access-control-allow-methods': 'PUT',
        'access-control-allow-headers': 'X-Token',
        'access-control-allow-credentials': 'true',
      },
    ])
    expect((await own.get('/', { origin: 'https://app.test' })).headers['access-control-allow-origin']).toBe(
      'https://app.test',
    )
    for (const origin of ['https://evil.test', 'https://app.test.evil.test', 'null', 'https://appxtest'])
      expect((await own.get('/', { origin })).headers['access-control-allow-origin']).toBeUndefined()
    await own.patch({ cors: null })
  })

  it('of a PHP site replace its own', async () => {
    await other.put('public/index.php', `<?php header('X-Frame-Options: SAMEORIGIN'); echo $_SERVER['SCRIPT_NAME'];`)
    await other.patch({ headers: [{ name: 'x-frame-options', value: 'DENY' }] })
    expect((await other.get('/')).headers['x-frame-options']).toBe('DENY')
  })
})

describe('paths that are never served', () => {
  it('are denied by whatever spelling, and a .htaccess is named', async () => {
    await other.folder('public/data')
    await other.put('public/data/.htaccess', 'Require all denied\n')
    await other.put('public/data/x.txt', 'x')
    expect((await panel.get(`/sites/${php}/htaccess`)).body).toEqual({
      files: [{ path: '/data', denied: ['/data'], password: false, rewrites: false }],
      complete: true,
    })
    await other.patch({ deniedPresets: ['dokuwiki'], deniedPaths: ['/*.sql', '/private'] })
    for (const path of [
      '/data/x.txt',
      '/DATA/x.txt',
      '/index.php/data/x',
      '/dump.sql',
      '/private',
      '/private/x',
      '/data/.htaccess',
    ])
      expect([path, (await other.get(path)).status]).toEqual([path, 404])
    expect((await other.get('/database')).body).toBe('/index.php')
  })

  it('are none of the panel’s own, and deny what takes too long to match', async () => {
    await own.patch({ deniedPaths: ['/.*', '/.well-known', '/a*b*c'], deniedPresets: ['wordpress'] })
    expect(await own.seen(proofPath)).toEqual([200, 'proof'])
    expect(await own.seen('/.git/x')).toEqual([404, expect.stringContaining('<!doctype html>')])
    for (const path of ['/aXbYc', '/abcabc/x', `/${'a'.repeat(5_000)}`, `/${'ab'.repeat(1_900)}c`])
      expect([path, (await own.get(path)).status]).toEqual([path, 404])
    expect(await own.seen('/about.html')).toEqual([200, 'about'])
    await own.patch({ deniedPaths: [], deniedPresets: [] })
  })
})

it('a program in a folder answers all below it', async () => {
  await other.folder('public/blog')
  await other.put('public/blog/index.php', `<?php echo $_SERVER['SCRIPT_NAME'], ' ', $_SERVER['REQUEST_URI'];`)
  expect((await other.get('/blog/a/post/')).body).toBe('/index.php')
  await other.patch({ frontControllers: ['/blog'] })
  expect((await other.get('/blog/a/post/?x=1')).body).toBe('/blog/index.php /blog/a/post/?x=1')
  expect((await other.get('/other/')).body).toBe('/index.php')
})
