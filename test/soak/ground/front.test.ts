import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTiny } from '../../machine/apps/_tiny.ts'
import { handmade } from '../../machine/certificates/_authority.ts'
import { api, type Api } from '../../machine/http.ts'
import { ask, bot, edge, endEdge, startEdge, stranger, visitor } from '../../machine/ground/_edge.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, deleteSite, output, writeFile } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
const [still, passed, app] = ['still.test', 'passed-front.test', 'app-front.test'] as const
const program = `require('node:http').createServer(({ headers }, response) => response.end(JSON.stringify(headers)))
  .listen(3971, '127.0.0.1')`
const trust = async (path: string, ...trustedProxies: string[]) => {
  const { status, body } = await panel.patch(path, { trustedProxies }, { prefer: 'wait=60' })
  expect([status, body.message]).toEqual([200, undefined])
}

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await startEdge(machine)
  await writeFile(machine, '/run/headers.js', program)
  const node = '/opt/hosting-panel/current/node_modules/.bin/node'
  await output(machine, 'systemd-run', '--collect', '--unit=test-headers', node, '/run/headers.js')
  await create(panel, { domain: still, runtime: 'static' })
  await create(panel, { domain: passed, runtime: 'proxy', proxyTo: 'http://127.0.0.1:3971' })
  await startTiny(machine, panel, app)
  for (const domain of [still, passed, app])
    expect((await panel.send('PUT', `/sites/${domain}/certificate`, await handmade(machine, domain))).status).toBe(200)
  await output(machine, 'mkdir', '-p', `/var/www/${still}/public/folder`)
  await writeFile(machine, `/var/www/${still}/public/folder/index.html`, 'in the folder')
  await output(machine, 'chown', '-R', `--reference=/var/www/${still}/public`, `/var/www/${still}/public/folder`)
}, 180_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await trust('/settings')
  for (const domain of [still, passed, app]) await deleteSite(panel, domain)
  await output(machine, 'systemctl', 'stop', 'test-headers')
  await endEdge(machine)
})

const statusOf = async (url: string, from: string) => (await ask(machine, url, { from })).status

it('a site alone trusts a proxy: it does not loop there, and goes on looping elsewhere (control)', async () => {
  await trust(`/sites/${still}`, edge)
  expect(await statusOf(`https://${still}/folder/`, visitor)).toBe(200)
  expect(await statusOf(`http://${still}/folder/`, visitor)).toBe(301)
  expect(await statusOf(`http://${still}/folder/`, stranger)).toBe(301)
  const led = await ask(machine, `https://${still}/folder`, { from: visitor })
  expect([led.status, led.headers.location], 'by the path alone').toEqual([301, '/folder/'])
  expect(await statusOf(`https://${passed}/`, visitor)).toBe(301)
  await trust(`/sites/${still}`)
})

describe('all sites behind a proxy', () => {
  beforeAll(() => trust('/settings', edge))

  it('programs are told of the visitor', async () => {
    const forged = {
      'x-forwarded-for': '198.51.100.9',
      'x-forwarded-proto': 'https',
      'cf-connecting-ip': '198.51.100.9',
    }
    const { body } = await ask(machine, `https://${passed}/`, { from: visitor, headers: forged })
    expect(JSON.parse(body)).toMatchObject({
      'x-real-ip': visitor,
      'x-forwarded-for': visitor,
      'x-forwarded-proto': 'https',
      'cf-connecting-ip': visitor,
    })
    const other = await ask(machine, `https://${passed}/`, {
      from: stranger,
      headers: { ...forged, 'x-forwarded-proto': 'http' },
    })
    expect(JSON.parse(other.body)).toMatchObject({ 'x-forwarded-for': stranger, 'x-forwarded-proto': 'https' })
    expect(JSON.parse(other.body)).not.toHaveProperty('cf-connecting-ip')
    const told = await ask(machine, `https://${app}/`, { from: visitor, headers: forged })
    expect([told.status, JSON.parse(told.body).address]).toEqual([200, visitor])
  })

  it('a limit by address counts the visitor, and not the proxy', async () => {
    const text = 'limit_conn hosting_panel_visitors 2;\nlimit_rate 2k;\n'
    const { status, body } = await panel.send('PUT', `/sites/${still}/directives`, { text })
    expect([status, body.message]).toEqual([200, undefined])
    const large = `https://${still}/folder/large.txt`
    await writeFile(machine, `/var/www/${still}/public/folder/large.txt`, 'x'.repeat(20_000))
    await output(machine, 'chown', '-R', `--reference=/var/www/${still}/public`, `/var/www/${still}/public/folder`)
    const slow = [statusOf(large, visitor), statusOf(large, visitor)]
    await expect.poll(() => statusOf(`https://${still}/folder/`, visitor), { timeout: 8_000 }).toBe(429)
    expect(await statusOf(`https://${still}/folder/`, bot)).toBe(200)
    expect(await Promise.all(slow)).toEqual([200, 200])
    await panel.send('PUT', `/sites/${still}/directives`, { text: '' })
  })

  it('hundreds of bans reload nothing, hold at once, and end', async () => {
    const pids = () => output(machine, 'pgrep', '-f', 'nginx: worker')
    const held = async () =>
      Number(await output(machine, 'sh', '-c', 'ls /run/hosting-panel-bans/nginx-botsearch | wc -l'))
    const [before, already] = [await pids(), await held()]
    const many = Array.from({ length: 300 }, (_, at) => `198.51.${100 + (at >> 8)}.${at & 255}`)
    const began = Date.now()
    await output(machine, 'fail2ban-client', 'set', 'nginx-botsearch', 'banip', bot, ...many)
    await expect.poll(held, { timeout: 60_000, interval: 100 }).toBe(already + 301)
    console.log(`301 bans held in nginx after ${Date.now() - began} ms`)
    expect([await statusOf(`https://${still}/folder/`, bot), await statusOf(`https://${passed}/`, bot)]).toEqual([
      403, 403,
    ])
    expect([await statusOf(`https://${still}/folder/`, visitor), await pids()]).toEqual([200, before])
    await output(machine, 'fail2ban-client', 'unban', bot, ...many)
    await expect.poll(held, { timeout: 60_000, interval: 100 }).toBe(already)
    expect([await statusOf(`https://${still}/folder/`, bot), await pids()]).toEqual([200, before])
  })

  it('a ban closes what its jail closes, and says where', async () => {
    const closed = async () => [
      await statusOf(`https://${still}/folder/`, bot),
      await statusOf('https://panel.front.test:8443/', bot),
    ]
    for (const [jail, expected, behindProxies] of [
      ['sshd', [200, 200], false],
      ['hosting-panel', [200, 403], true],
      ['nginx-botsearch', [403, 200], true],
    ] as const) {
      const { status, body } = await panel.post('/bans', { address: bot, jail })
      expect([status, body.behindProxies, jail]).toEqual([201, behindProxies, jail])
      await expect.poll(closed, { timeout: 30_000 }).toEqual(expected)
      await panel.delete(`/bans/${bot}`)
      await expect.poll(closed, { timeout: 30_000 }).toEqual([200, 200])
    }
    const network = '203.0.113.8/31'
    expect((await panel.post('/bans', { address: network, jail: 'nginx-botsearch' })).status).toBe(201)
    await expect.poll(closed, { timeout: 30_000 }).toEqual([403, 200])
    expect((await panel.get('/bans')).body.bans).toMatchObject([{ address: network, behindProxies: true }])
    expect([await statusOf(`https://${still}/folder/`, visitor), (await panel.get('/drift')).body.changes]).toEqual([
      200,
      [],
    ])
    await panel.delete(`/bans/${encodeURIComponent(network)}`)
    await expect.poll(closed, { timeout: 30_000 }).toEqual([200, 200])
  })

  it('a Fail2ban that was killed leaves nobody banned for longer', async () => {
    const stale = '/run/hosting-panel-bans/nginx-botsearch/198.51.100.77'
    await panel.post('/bans', { address: bot, jail: 'nginx-botsearch' })
    await output(machine, 'systemctl', 'kill', '--signal=KILL', 'fail2ban')
    await output(machine, 'touch', stale)
    await expect.poll(() => output(machine, 'fail2ban-client', 'ping'), { timeout: 60_000 }).toContain('pong')
    await output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle')
    expect(await output(machine, 'sh', '-c', `ls ${stale} 2>&1`)).toContain('No such file')
    await expect.poll(() => statusOf(`https://${still}/folder/`, bot), { timeout: 60_000 }).toBe(403)
    await panel.delete(`/bans/${bot}`)
  })
})
