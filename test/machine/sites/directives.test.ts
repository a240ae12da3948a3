import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reap } from '../apps/_tiny.ts'
import { script } from '../cache/_cache.ts'
import { api, client, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, writeFile } from './_helpers.ts'

let machine: Machine
let panel: Api
const [own, other] = ['directed.test', 'beside.test']
const put = (text: string, domain = own) => panel.send('PUT', `/sites/${domain}/directives`, { text })
const hand = `/etc/nginx/hosting-panel/${own}/by-hand.conf`

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: own, runtime: 'php' })
  await script(machine, own, 'index.php', "echo 'php';")
  await script(machine, own, 'closed.php', "echo 'php';")
  await writeFile(machine, `/var/www/${own}/public/a.css`, 'a {}')
  await output(machine, 'chown', '--reference', `/var/www/${own}/public`, `/var/www/${own}/public/a.css`)
  await create(panel, { domain: other, runtime: 'static' })
}, 120_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await output(machine, 'rm', '-f', hand)
  for (const domain of [own, other]) await deleteSite(panel, domain)
})

describe('own directives', () => {
  it('win over the panel’s, at once', async () => {
    const text = `location ~ ^/closed\\.php { deny all; }
error_page 404 = /index.php;
expires 30d;
location = /exact { return 204; }
gzip_comp_level 9;`
    const { status, body } = await put(text)
    expect([status, body]).toEqual([200, { text, file: expect.stringContaining(own), others: [], problem: null }])
    expect((await site(machine, own, '/closed.php')).status).toBe(403)
    expect((await site(machine, own, '/exact')).status).toBe(204)
    expect((await site(machine, own, '/none/')).body).toBe('php')
    expect((await site(machine, own, '/a.css')).headers['cache-control']).toBe('max-age=2592000')
  })

  it.each([
    ['expires 1d;\nno_such x;', 'line 2: unknown directive'],
    ['expires 1d;\nadd_header X $nosuch;', 'line 2: unknown "nosuch" variable'],
    ['location / { return 204; }', 'duplicate location "/"'],
    ['location /x {', 'unexpected end of file'],
    ['}\nserver { listen 80; }', 'unexpected "}"'],
    ['expires 1d;\naccess_log /etc/cron.d/x;', 'Line 2: access_log'],
    ['include /etc/shadow;', 'Line 1: include'],
  ])('%j is refused with its line, and nothing changes', async (text, message) => {
    const before = (await panel.get(`/sites/${own}/directives`)).body
    const { status, body } = await put(text)
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining(JSON.stringify(message).slice(1, -1))])
    expect((await panel.get(`/sites/${own}/directives`)).body).toEqual(before)
    expect((await site(machine, own, '/exact')).status).toBe(204)
  })

  it('changed by hand are drift', async () => {
    await output(machine, 'sh', '-c', `echo 'expires 1h;' >/etc/nginx/hosting-panel/${own}/directives.conf`)
    const { changes } = (await panel.get('/drift')).body
    expect(JSON.stringify(changes)).toContain(`${own}/directives.conf`)
    const { body } = await panel.post('/drift', undefined, { prefer: 'wait=60' })
    expect(body.state).toBe('done')
    expect((await panel.get('/drift')).body.changes).toEqual([])
  }, 120_000)
})

describe('a file of directives that is broken by hand', () => {
  it('stops no other site, nor its own', async () => {
    await writeFile(machine, hand, 'location = /hand { return 204; }\n')
    expect((await panel.patch(`/sites/${own}`, { bodyLimitMb: 65 })).status).toBe(200)
    expect((await site(machine, own, '/hand')).status).toBe(204)
    await writeFile(machine, hand, 'no_such_directive;\n')
    expect((await panel.patch(`/sites/${other}`, { bodyLimitMb: 66 })).status).toBe(200)
    expect((await panel.patch(`/sites/${own}`, { bodyLimitMb: 67 })).status).toBe(200)
    expect((await site(machine, own, '/hand')).status, 'goes on as before').toBe(204)
    const { body } = await panel.get(`/sites/${own}/directives`)
    expect(body.problem).toContain('by-hand.conf:1')
    expect(body.others).toEqual([{ name: 'by-hand.conf', text: 'no_such_directive;\n' }])
    expect((await panel.get('/drift')).body.changes).toEqual([])
    expect((await put('expires 2d;')).body).toMatchObject({
      code: 'directives_refused',
      message: expect.stringContaining('by-hand.conf, line 1'),
    })
  }, 120_000)

  it('raises an alert, and is live once it is mended', async () => {
    const alerts = async () =>
      ((await panel.get('/alerts')).body.alerts as { key: string }[]).filter(({ key }) => key === `directives:${own}`)
    await reap(machine)
    expect(await alerts()).toHaveLength(1)
    await writeFile(machine, hand, 'location = /hand { return 202; }\n')
    await reap(machine)
    expect((await site(machine, own, '/hand')).status).toBe(202)
    expect(await alerts()).toHaveLength(0)
  }, 120_000)
})

it('of two sites at once: only the broken one is set aside, and each is live again when it is right', async () => {
  const beside = `/etc/nginx/hosting-panel/${other}/by-hand.conf`
  const seen = async (domain: string) => (await site(machine, domain, '/hand')).status
  const problems = async () =>
    Promise.all([own, other].map(async (domain) => (await panel.get(`/sites/${domain}/directives`)).body.problem))
  for (const file of [hand, beside]) await writeFile(machine, file, 'location = /hand { return 204; }\n')
  await reap(machine)
  expect([await seen(own), await seen(other)]).toEqual([204, 204])
  await writeFile(machine, hand, 'location = /hand { return 201; }\n')
  await writeFile(machine, beside, 'no_such_directive;\n')
  await reap(machine)
  expect([await seen(own), await seen(other)]).toEqual([201, 204])
  expect(await problems()).toEqual([null, expect.stringContaining('by-hand.conf:1')])
  await writeFile(machine, hand, 'neither_this;\n')
  await reap(machine)
  expect([await seen(own), await seen(other)]).toEqual([201, 204])
  expect(await problems()).toEqual([expect.stringContaining('neither_this'), expect.stringContaining('no_such')])
  await writeFile(machine, beside, 'location = /hand { return 202; }\n')
  await reap(machine)
  expect([await seen(own), await seen(other)]).toEqual([201, 202])
  await output(machine, 'rm', hand, beside)
  await reap(machine)
  expect(await problems()).toEqual([null, null])
}, 240_000)

it('only administrators set them', async () => {
  const { body } = await panel.post('/tokens', { name: 'directives', scopes: ['sites:write', 'sites:read'] })
  const bearer = { authorization: `Bearer ${body.secret}` }
  expect((await client(machine).send('PUT', `/sites/${own}/directives`, { text: '' }, bearer)).status).toBe(403)
})
