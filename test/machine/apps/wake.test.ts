import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { ageStarts, appJob, appOf, letSleep, makeIdle, processesOf, provideNode, reap, startTiny } from './_tiny.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
})
beforeEach(() => showJournalOnFailure(machine))

/**
 * Speaks the raw protocol of an upgrade: the answer's first line, and what comes back for `text`, sent when `until` is
 * over.
 */
function upgrade(domain: string, text: string, until = Promise.resolve()): Promise<{ head: string; echo: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(80, machine.address, () =>
      socket.write(`GET /socket HTTP/1.1\r\nHost: ${domain}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`),
    )
    let [all, asked] = ['', false]
    socket.setTimeout(90_000, () => socket.destroy(new Error(`no answer: ${all}`)))
    socket
      .on('error', reject)
      .on('data', (data) => {
        all += data.toString()
        const [head, echo] = all.split('\r\n\r\n') as [string, string | undefined]
        if (echo !== undefined && !asked) {
          asked = true
          void until.then(() => socket.write(text))
        }
        if (echo === text) {
          socket.destroy()
          resolve({ head: head.split('\r\n')[0]!, echo })
        }
      })
      .on('close', () => reject(new Error(`closed: ${all}`)))
  })
}

describe('an app', () => {
  const domain = 'wake.test'
  beforeAll(() => startTiny(machine, panel, domain, { env: { CANARY: 'a b\n$(id)' } }))
  afterAll(() => deleteSite(panel, domain))

  it('runs as its user, with its own environment and nothing of the panel’s', async () => {
    const { user } = (await panel.get(`/sites/${domain}`)).body
    const env = JSON.parse((await site(machine, domain, '/env')).body)
    expect(env).toEqual({
      CANARY: 'a b\n$(id)',
      HOME: `/var/www/${domain}/home`,
      HOST: '127.0.0.1',
      LANG: 'C.UTF-8',
      LOGNAME: user,
      NODE_ENV: 'production',
      NODE_OPTIONS: '--max-http-header-size=81920',
      PORT: expect.stringMatching(/^2\d{4}$/),
      PATH: expect.stringContaining('/opt/hosting-panel/node/24/bin'),
      PWD: `/var/www/${domain}/app`,
      SHLVL: '0',
      TMPDIR: `/var/www/${domain}/tmp`,
      USER: user,
    })
    const pid = (await site(machine, domain, '/pid')).body
    const status = await output(machine, 'cat', `/proc/${pid}/status`)
    expect(status).toMatch(/^Groups:\s*$/m)
    expect(status).toMatch(/^NoNewPrivs:\s*1$/m)
    expect(status).toMatch(/^CapEff:\s*0+$/m)
    expect(await output(machine, 'stat', '-c', '%U', `/proc/${pid}`)).toBe(user)
    expect(await output(machine, 'stat', '-c', '%U:%G %a', '/var/lib/hosting-panel/pm2')).toBe('root:root 700')
  })

  it('costs nothing while nobody asks, and answers the next GET', async () => {
    const before = (await appOf(panel, domain)).sleeps.count
    await letSleep(machine, panel, domain)
    expect(await processesOf(machine, panel, domain)).toEqual([])
    expect(await appOf(panel, domain)).toMatchObject({ state: 'asleep', memoryBytes: null, problem: null })
    const { status, body } = await site(machine, domain, '/a?b=c')
    expect([status, JSON.parse(body)]).toEqual([
      200,
      expect.objectContaining({ method: 'GET', url: '/a?b=c', host: domain, address: expect.stringMatching(/^10\./) }),
    ])
    const app = await appOf(panel, domain)
    expect(app).toMatchObject({ state: 'running', sleeps: { count: before + 1 } })
    expect(app.memoryBytes).toBeGreaterThan(10e6)
    expect(app.sleeps.savedBytes).toBeGreaterThan(10e6)
  })

  it('is woken by a POST of 5 MB, which reaches it whole and once', async () => {
    await letSleep(machine, panel, domain)
    const body = randomBytes(5_000_000)
    const answer = JSON.parse((await site(machine, domain, '/upload', { method: 'POST', body })).body)
    expect(answer).toMatchObject({
      method: 'POST',
      url: '/upload',
      size: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    })
  })

  it('is woken by a WebSocket', async () => {
    await letSleep(machine, panel, domain)
    expect(await upgrade(domain, 'hello')).toEqual({ head: 'HTTP/1.1 101 Switching Protocols', echo: 'hello' })
  })

  it('is woken once by a hundred requests', async () => {
    await letSleep(machine, panel, domain)
    await output(machine, 'systemctl', 'stop', 'hosting-panel-supervisor.service')
    const starts = async () =>
      Number(
        await output(machine, 'sh', '-c', `cat /var/log/hosting-panel-apps/${domain}.log* | grep -c 'out starting'`),
      )
    const before = await starts()
    const pids = await Promise.all(Array.from({ length: 100 }, async () => (await site(machine, domain, '/pid')).body))
    expect([new Set(pids).size, pids[0]]).toEqual([1, expect.stringMatching(/^\d+$/)])
    expect(await starts()).toBe(before + 1)
  })

  it('does not sleep while a request, a WebSocket or a download is under way', async () => {
    const { idleMinutes } = await appOf(panel, domain)
    expect(idleMinutes).toBe(10)
    const over = Promise.withResolvers<void>()
    const held = site(machine, domain, '/hold')
    const socket = upgrade(domain, 'late', over.promise)
    await expect.poll(async () => (await site(machine, domain, '/held')).body).toBe('1 request, 1 socket')
    await makeIdle(machine, domain)
    await reap(machine)
    expect((await appOf(panel, domain)).state).toBe('running')
    await site(machine, domain, '/release')
    expect((await held).body).toBe('begun ended')
    await makeIdle(machine, domain)
    await reap(machine)
    expect((await appOf(panel, domain)).state, 'the socket alone').toBe('running')
    over.resolve()
    expect((await socket).echo).toBe('late')
  })

  it('sends events as they come', async () => {
    const started = Date.now()
    const text = await output(
      machine,
      'curl',
      '-sN',
      '--max-time',
      '1',
      '-H',
      `Host: ${domain}`,
      'http://127.0.0.1/events',
    )
    expect(text.split('\n\n').length).toBeGreaterThan(5)
    expect(Date.now() - started).toBeLessThan(30_000)
  })

  it('that is to stay awake does', async () => {
    await panel.patch(`/sites/${domain}/app`, { idleMinutes: null })
    await output(machine, 'touch', '-d', '-20 minutes', `/var/log/nginx/${domain}.access.log`)
    await ageStarts(machine)
    await reap(machine)
    expect((await appOf(panel, domain)).state).toBe('running')
    await panel.patch(`/sites/${domain}/app`, { idleMinutes: 10 })
  })

  it('that a person stopped answers 503, and is not woken', async () => {
    expect(await appJob(panel, domain, 'stop')).toMatchObject({ state: 'done' })
    const page = await site(machine, domain, '/', { headers: { accept: 'text/html' } })
    expect([page.status, page.body]).toEqual([503, expect.stringContaining('not running')])
    expect((await site(machine, domain, '/')).status).toBe(503)
    expect([await appOf(panel, domain), await processesOf(machine, panel, domain)]).toEqual([
      expect.objectContaining({ state: 'stopped' }),
      [],
    ])
    expect(await appJob(panel, domain, 'start')).toMatchObject({ state: 'done' })
    expect((await site(machine, domain, '/')).status).toBe(200)
  })
})

describe('what only nginx may ask', () => {
  it('is nobody else’s', async () => {
    const url = 'http://localhost/wake'
    const ask = (...headers: string[]) =>
      output(
        machine,
        'curl',
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '--unix-socket',
        '/run/hosting-panel/panel/panel.sock',
        ...headers.flatMap((header) => ['-H', header]),
        url,
      )
    expect(await ask('X-Hosting-Panel-Site: wake.test')).toBe('404')
    expect(await ask('X-Hosting-Panel-Site: wake.test', `X-Hosting-Panel-Proxy: ${'0'.repeat(64)}`)).toBe('404')
    const outside = await panel.get('/../wake').catch(() => ({ status: 404 }))
    expect(outside.status).not.toBe(503)
  })
})
