import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDns, type Dns } from '../machine/certificates/_dns.ts'
import { inside } from '../machine/certificates/_service.ts'
import { site } from '../machine/http.ts'
import { newUser, target, type Target } from './_attack.ts'

const metadata = '169.254.169.254'
/** Where a cloud answers over IPv6, and an address of this server that others reach. */
const [metadata6, here6] = ['fd00:ec2::254', '2001:db8:25::7']
const domain = 'front.test'

let on: Target, customer: Awaited<ReturnType<typeof newUser>>, dns: Dns, elsewhere: Server, before: unknown

/** Answers on an address and port of the machine with a word that no visitor may see. */
const serve = (address: string, port: number) =>
  inside(on.machine, [
    'systemd-run',
    '--quiet',
    '--collect',
    `--unit=test-inner-${port}${address === metadata6 ? '-6' : ''}`,
    '/opt/hosting-panel/current/node_modules/.bin/node',
    '-e',
    `require('http').createServer((q, s) => s.end('inner secret')).listen(${port}, '${address}')`,
  ])

/** Has /etc/hosts know these names, and none of earlier ones. */
const hosts = (...lines: string[]) =>
  inside(
    on.machine,
    ['sh', '-c', 'grep -v intern /etc/hosts >/run/hosts; cat - >>/run/hosts; cat /run/hosts >/etc/hosts'],
    lines.map((line) => `${line}\n`).join(''),
  )

beforeAll(async () => {
  on = await target()
  customer = await newUser(on, 'fronter')
  dns = await startDns(on.machine)
  before = (await on.panel.get('/settings')).body.resolvers
  expect((await on.panel.patch('/settings', { resolvers: [dns.server] }, { prefer: 'wait=50' })).status).toBeLessThan(
    300,
  )
  await inside(on.machine, ['ip', 'address', 'replace', `${metadata}/32`, 'dev', 'lo'])
  for (const address of [metadata6, here6])
    await inside(on.machine, ['ip', 'address', 'replace', `${address}/128`, 'dev', 'lo'])
  await Promise.all([serve(metadata, 80), serve(metadata6, 80), serve('::', 3999), serve('127.0.0.1', 20_999)])
  await hosts('127.0.0.1 inner.intern', `${on.machine.address} outer.intern`)
  elsewhere = createServer((_, response) => response.end('elsewhere')).listen(0, on.machine.state.network.gateway)
  await new Promise((resolve) => elsewhere.once('listening', resolve))
}, 120_000)
afterAll(async () => {
  await on.panel.delete(`/sites/${domain}?purge=true`)
  await on.panel.patch('/settings', { resolvers: before }, { prefer: 'wait=50' })
  await on.panel.delete('/users/fronter')
  await on.machine.sh(['systemctl', 'stop', ...['80', '80-6', '3999', '20999'].map((name) => `test-inner-${name}`)])
  for (const address of [`${metadata}/32`, `${metadata6}/128`, `${here6}/128`])
    await on.machine.sh(['ip', 'address', 'delete', address, 'dev', 'lo'])
  await dns.stop()
  await hosts()
  elsewhere.close()
})

const portOf = (server: Server): number => (server.address() as { port: number }).port

describe('a customer names', () => {
  const address = () => on.machine.address
  it.each([
    ['loopback in hexadecimal', () => 'http://0x7f.1:3999'],
    ['in octal', () => 'http://0177.0.0.1:3999'],
    ['as a number', () => 'http://2130706433:3999'],
    ['mapped into IPv6', () => 'http://[::ffff:127.0.0.1]:3999'],
    ['any address', () => 'http://[::]:3999'],
    ['0.0.0.0', () => 'http://0.0.0.0:3999'],
    ['localhost with a dot', () => 'http://localhost.:3999'],
    ['this server’s own address', () => `http://${address()}:3999`],
    ['the panel by it', () => `https://${address()}:8080`],
    ['loopback over IPv6', () => 'http://[::1]:3999'],
    ['its own address there', () => `http://[${here6}]:3999`],
    ['metadata there', () => `http://[${metadata6}]`],
    ['the same mapped', () => `http://[::ffff:${address()}]:3999`],
    ['metadata', () => `http://${metadata}`],
    ['a name of /etc/hosts that leads here', () => 'http://inner.intern:3999'],
    ['one that leads to its own address', () => 'http://outer.intern:3999'],
    ['an app’s port under any name', () => 'http://moves.example.test:20999'],
  ])('%s, and is refused', async (_, what) => {
    const { status, body } = await customer.post('/sites', { domain, runtime: 'proxy', proxyTo: what() })
    expect([400, 403, 422], JSON.stringify(body)).toContain(status)
  })

  it('is refused the panel by the name of a site that leads here', async () => {
    expect((await on.panel.post('/sites', { domain: 'own-name.test', runtime: 'static' })).status).toBe(201)
    for (const proxyTo of ['https://own-name.test:8080', 'https://own-name.test:8081']) {
      expect((await on.panel.post('/sites', { domain, runtime: 'proxy', proxyTo })).status).toBe(422)
    }
    await on.panel.delete('/sites/own-name.test?purge=true')
  })
})

/** Names that no resolver has kept the address of. */
let names = 0

/** Makes the customer's site pass requests to a port of a name that leads to an address. */
async function lead(port: number, address: string, scheme = 'http') {
  const name = `moves${names++}.example.test`
  await (address.includes(':') ? dns.setAAAA : dns.setA)(name, [address])
  const proxyTo = `${scheme}://${name}:${port}`
  const { status, body } =
    names === 1
      ? await customer.post('/sites', { domain, runtime: 'proxy', proxyTo })
      : await customer.patch(`/sites/${domain}`, { proxyTo })
  expect([200, 201], JSON.stringify(body)).toContain(status)
  return { name, ...(await site(on.machine, domain)) }
}

describe('a name that leads', () => {
  it('elsewhere is served (control)', async () => {
    expect(await lead(portOf(elsewhere), on.machine.state.network.gateway)).toMatchObject({
      status: 200,
      body: 'elsewhere',
    })
  })

  it.each([
    ['to loopback', 3999, () => '127.0.0.1', 'http'],
    ['to all of loopback', 3999, () => '127.77.7.7', 'http'],
    ['to this server’s own address', 3999, () => on.machine.address, 'http'],
    ['to the panel', 8080, () => on.machine.address, 'https'],
    ['to the panel on loopback', 8080, () => '127.0.0.1', 'https'],
    ['to nginx itself', 80, () => on.machine.address, 'http'],
    ['to Redis', 6379, () => '127.0.0.1', 'http'],
    ['to MariaDB', 3306, () => '127.0.0.1', 'http'],
    ['to SSH', 22, () => '127.0.0.1', 'http'],
    ['to metadata', 80, () => metadata, 'http'],
    ['to loopback over IPv6', 3999, () => '::1', 'http'],
    ['to this server’s own IPv6 address', 3999, () => here6, 'http'],
    ['to the panel over IPv6', 8080, () => '::1', 'https'],
    ['to nginx itself over IPv6', 80, () => here6, 'http'],
    ['to Redis over IPv6', 6379, () => '::1', 'http'],
    ['to metadata over IPv6', 80, () => metadata6, 'http'],
  ])('%s gets nobody there', async (_, port, address, scheme) => {
    const began = Date.now()
    const { status, body } = await lead(port, address(), scheme)
    expect(status).toBe(502)
    expect(body).not.toContain('inner secret')
    expect(Date.now() - began, 'and at once').toBeLessThan(15_000)
  })

  it('over IPv6 gets there without the filter (control)', async () => {
    await inside(on.machine, ['nft', 'delete', 'table', 'inet', 'hosting_panel_apps'])
    try {
      for (const address of ['::1', here6])
        expect(await lead(3999, address)).toMatchObject({ status: 200, body: 'inner secret' })
    } finally {
      await inside(on.machine, ['systemctl', 'restart', 'hosting-panel-guard'])
    }
  })

  it('over IPv6 to a target that was named is served (control)', async () => {
    const front = { domain: 'front6.test', runtime: 'proxy', proxyTo: `http://[${here6}]:3999` }
    expect((await on.panel.post('/sites', front)).status).toBe(201)
    expect(await site(on.machine, 'front6.test')).toMatchObject({ status: 200, body: 'inner secret' })
    await on.panel.delete('/sites/front6.test?purge=true')
  })

  it('here only once the name has moved gets nobody there either', async () => {
    const port = portOf(elsewhere)
    const { name, status } = await lead(port, on.machine.state.network.gateway)
    expect(status).toBe(200)
    await inside(on.machine, [
      'systemd-run',
      '--quiet',
      '--collect',
      '--unit=test-inner-moved',
      '/opt/hosting-panel/current/node_modules/.bin/node',
      '-e',
      `require('http').createServer((q, s) => s.end('inner secret')).listen(${port}, '127.0.0.1')`,
    ])
    await dns.setA(name, ['127.0.0.1'])
    await inside(on.machine, ['nginx', '-s', 'reload'])
    await expect.poll(async () => (await site(on.machine, domain)).status, { timeout: 60_000 }).toBe(502)
    await on.machine.sh(['systemctl', 'stop', 'test-inner-moved'])
  }, 90_000)

  it('by /etc/hosts here only once it was set gets nobody there either', async () => {
    const port = portOf(elsewhere)
    await hosts(`${on.machine.state.network.gateway} later.intern`)
    const { status } = await customer.patch(`/sites/${domain}`, { proxyTo: `http://later.intern:${port}` })
    expect([status, await site(on.machine, domain)]).toMatchObject([200, { status: 200, body: 'elsewhere' }])
    await serve('127.0.0.1', port)
    await hosts('127.0.0.1 later.intern')
    expect((await on.panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
    expect((await site(on.machine, domain)).status).toBe(502)
    await on.machine.sh(['systemctl', 'stop', `test-inner-${port}`])
  }, 90_000)

  it('to a target that an administrator named by its address is served (control)', async () => {
    await on.panel.delete(`/sites/${domain}?purge=true`)
    expect((await on.panel.post('/sites', { domain, runtime: 'proxy', proxyTo: 'http://127.0.0.1:3999' })).status).toBe(
      201,
    )
    expect(await site(on.machine, domain)).toMatchObject({ status: 200, body: 'inner secret' })
    await on.panel.delete(`/sites/${domain}?purge=true`)
  })
})
