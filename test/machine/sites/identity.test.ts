import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { handmade, set } from '../certificates/_authority.ts'
import { api, request, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, writeFile } from './_helpers.ts'
import { settingsOf } from './_settings.ts'

const domain = 'wild.test'
const other = 'kind.test'
const all = [domain, 'shop.wild.test', other]
let machine: Machine
let panel: Api

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  for (const one of all) await deleteSite(panel, one)
  await create(panel, { domain, runtime: 'php' })
  await create(panel, { domain: other, runtime: 'static' })
  await settingsOf(machine, panel, domain).put('public/index.php', '<?php echo "wild ", $_SERVER["SERVER_NAME"];')
})
afterAll(async () => {
  for (const one of all) await deleteSite(panel, one)
  await set(panel, { serverName: null })
})
beforeEach(() => showJournalOnFailure(machine))

/** Answer to a visitor of a name: its text, where it leads, or that the connection was cut. */
const seen = (name: string, scheme: 'http' | 'https' = 'http'): Promise<string> =>
  site(machine, name, '/', { scheme }).then(
    ({ body, headers }) => headers.location ?? body.trim(),
    () => 'cut',
  )
const change = async (body: object, of = domain) => {
  const { status, body: answer } = await panel.patch(`/sites/${of}`, body)
  expect([status, answer.message]).toEqual([200, undefined])
  return answer
}

describe('a wildcard alias', () => {
  it('answers to every name directly below it, and to no deeper one', async () => {
    expect(await seen('any.wild.test')).toBe('cut')
    await change({ aliases: ['*.wild.test'] })
    expect(await seen('any.wild.test')).toBe('wild any.wild.test')
    expect(await seen('ANY.wild.test')).toBe('wild any.wild.test')
    expect(await seen(domain)).toBe('wild wild.test')
    for (const name of ['a.b.wild.test', 'xwild.test', 'a.wild.testx', 'a$b.wild.test', 'wild.test.wild'])
      expect([name, await seen(name)]).toEqual([name, 'cut'])
  })

  it('leaves names that another site has in full to it, while it has them', async () => {
    await create(panel, { domain: 'shop.wild.test', runtime: 'static' })
    await settingsOf(machine, panel, 'shop.wild.test').put('public/index.html', 'shop')
    expect([await seen('shop.wild.test'), await seen('any.wild.test')]).toEqual(['shop', 'wild any.wild.test'])
    await deleteSite(panel, 'shop.wild.test')
    expect(await seen('shop.wild.test')).toBe('wild shop.wild.test')
  })

  it('goes to https with a certificate for it', async () => {
    const certificate = await handmade(machine, `${domain},DNS:*.${domain}`)
    const { status, body } = await panel.send('PUT', `/sites/${domain}/certificate`, certificate)
    expect([status, body.missingNames]).toEqual([200, []])
    expect(await seen('any.wild.test')).toBe('https://any.wild.test/')
    expect(await seen('any.wild.test', 'https')).toBe('wild any.wild.test')
    expect([await seen('a.b.wild.test'), await seen('a.b.wild.test', 'https')]).toEqual(['cut', 'cut'])
  })

  it('never takes the visitors of the server’s own name', async () => {
    const name = 'panel.wild.test'
    expect(await seen(name)).toBe(`https://${name}/`)
    await set(panel, { serverName: name })
    expect([await seen(name), await seen(name, 'https')]).toEqual(['cut', 'cut'])
    const health = await request(`https://${machine.address}:8080/api/health`, { headers: { host: `${name}:8080` } })
    expect([health.status, await seen('any.wild.test', 'https')]).toEqual([200, 'wild any.wild.test'])
    expect((await panel.get('/drift')).body.changes).toEqual([])
  })
})

describe('another runtime', () => {
  const server = `const { WHO, PORT } = process.env
    require('http').createServer((_, answer) => answer.end('app ' + WHO)).listen(PORT)`
  let user: string
  const processes = () => output(machine, 'pgrep', '-u', user, '-a')
  const own = (path: string, text: string) => settingsOf(machine, panel, other).put(path, text)

  it('answers at once, and no request is lost between files and PHP', async () => {
    user = (await panel.get(`/sites/${other}`)).body.user
    await own('public/index.html', 'files')
    expect(await seen(other)).toBe('files')
    const answers = new Set<string>()
    let busy = true
    const visitor = (async () => {
      while (busy) answers.add(await seen(other))
    })()
    await change({ runtime: 'php', phpVersion: '8.2' }, other)
    await own('public/who.php', '<?php echo PHP_SAPI;')
    expect((await site(machine, other, '/who.php')).body).toBe('fpm-fcgi')
    expect(await processes()).toContain('php-fpm')
    expect((await change({ runtime: 'static' }, other)).reset).toEqual(['phpVersion'])
    busy = false
    await visitor
    expect([...answers]).toEqual(['files'])
    for (const path of ['/who.php', '/WHO.PHP', '/who.php/', '/who.php?a', '/who%2ephp'])
      expect([path, (await site(machine, other, path)).status]).toEqual([path, 404])
    await expect.poll(processes, { timeout: 35_000 }).toBe('')
    const traces = `ls -d /etc/php/*/fpm/sites/${user}* /etc/hosting-panel/php/${user}* /etc/systemd/system/*${user}*`
    expect(await output(machine, 'sh', '-c', `${traces} 2>/dev/null`)).toBe('')
  })

  it('makes an app of it, whose process, port and variables go with the next', async () => {
    const { body } = await panel.patch(`/sites/${other}`, { runtime: 'node', app: { env: { WHO: 'node' } } })
    expect([body.runtime, body.root]).toEqual(['node', `/var/www/${other}/app`])
    expect((await site(machine, other)).status).toBe(503)
    const home = `/var/www/${other}`
    for (const [name, text] of Object.entries({ 'server.js': server, 'package.json': '{"main":"server.js"}' }))
      await writeFile(machine, `${home}/app/${name}`, text)
    await output(machine, 'chown', '-R', `${user}:`, `${home}/app`)
    const started = await panel.post(`/sites/${other}/app/start`, {}, { prefer: 'wait=120' })
    expect([started.body.state, started.body.error]).toEqual(['done', null])
    expect([await seen(other), await processes()]).toEqual(['app node', expect.stringContaining('server.js')])
    await writeFile(machine, '/etc/nginx/conf.d/broken.conf', 'no_such_directive;\n')
    const { body: refused } = await panel.patch(`/sites/${other}`, { runtime: 'static' })
    await output(machine, 'rm', '/etc/nginx/conf.d/broken.conf')
    expect([refused.code, await seen(other)]).toEqual(['nginx_already_broken', 'app node'])
    expect((await change({ runtime: 'static' }, other)).reset).toEqual(['app'])
    expect([await seen(other), await processes()]).toEqual(['files', ''])
    expect(
      await output(machine, 'sh', '-c', `ls /etc/hosting-panel/apps/${user}*; cat ${home}/app/server.js`),
    ).toContain('createServer')
    expect(await output(machine, 'sh', '-c', `ls /etc/hosting-panel/apps | grep -c ${user}`)).toBe('0')
    expect((await panel.get('/drift')).body.changes).toEqual([])
  })

  it('is the old one or the new one after a kill in the middle', async () => {
    for (const unit of ['hosting-panel-agent', 'hosting-panel']) {
      const changing = panel.patch(`/sites/${other}`, { runtime: 'php', phpVersion: '8.2' }).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 60))
      await output(machine, 'systemctl', 'kill', '-s', 'KILL', `${unit}.service`)
      await changing
      const state = async () => (await panel.get(`/sites/${other}`).catch(() => null))?.body
      await expect.poll(async () => (await state())?.state, { timeout: 90_000 }).toBe('active')
      const { status } = await site(machine, other, '/who.php')
      expect(status).toBe((await state()).runtime === 'php' ? 200 : 404)
      expect([await seen(other), (await panel.get('/drift')).body.changes]).toEqual(['files', []])
      await change({ runtime: 'static' }, other)
    }
  })
})
