import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, deleteSite } from '../sites/_helpers.ts'
import { steadily } from '../sites/_load.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import { appJob, appOf, isListening, letSleep, processesOf, provideNode, reap, startTiny, tinySite } from './_tiny.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  await startTiny(machine, panel, 'neighbour.test')
})
afterAll(async () => {
  for (const name of ['neighbour', 'flood', 'hog']) await deleteSite(panel, `${name}.test`)
})
beforeEach(() => showJournalOnFailure(machine))

describe('an app', () => {
  it('that listens on IPv6’s loopback alone is served, woken, and found again on the other one', async () => {
    await startTiny(machine, panel, 'six.test', { env: { BEHAVE: 'six' } })
    expect(await appOf(panel, 'six.test')).toMatchObject({ state: 'running', address: '::1', restartNeeded: false })
    expect((await site(machine, 'six.test', '/pid')).body).toMatch(/^\d+$/)
    await letSleep(machine, panel, 'six.test')
    expect((await site(machine, 'six.test', '/pid')).body).toMatch(/^\d+$/)
    await panel.patch('/sites/six.test/app/env', { BEHAVE: null })
    expect(await appJob(panel, 'six.test', 'restart')).toMatchObject({ state: 'done', error: null })
    expect(await appOf(panel, 'six.test')).toMatchObject({ state: 'running', address: '127.0.0.1' })
    expect((await site(machine, 'six.test', '/pid')).body).toMatch(/^\d+$/)
    expect((await panel.get('/drift')).body.changes).toEqual([])
    await deleteSite(panel, 'six.test')
  }, 300_000)

  itInSoak(
    'that ignores SIGTERM is killed after its grace, with all it forked',
    async () => {
      await startTiny(machine, panel, 'stubborn.test', { env: { BEHAVE: 'stubborn' } })
      await startTiny(machine, panel, 'children.test', { env: { BEHAVE: 'children' } })
      expect((await processesOf(machine, panel, 'children.test')).length).toBeGreaterThan(1)
      await Promise.all(
        ['stubborn.test', 'children.test'].map(async (domain) =>
          expect(await appJob(panel, domain, 'stop')).toMatchObject({ state: 'done' }),
        ),
      )
      for (const domain of ['stubborn.test', 'children.test']) {
        expect(await processesOf(machine, panel, domain)).toEqual([])
        await deleteSite(panel, domain)
      }
    },
    300_000,
  )

  it('that eats memory is ended within seconds, given up after three times, and no neighbour notices', async () => {
    const neighbour = steadily(() => site(machine, 'neighbour.test', '/pid'))
    await startTiny(machine, panel, 'hog.test', { memoryMb: 128 })
    for (let meal = 0; meal < 3; meal++) {
      const before = (await site(machine, 'hog.test', '/pid')).body
      await site(machine, 'hog.test', '/eat')
      await expect
        .poll(() => output(machine, 'sh', '-c', `kill -0 ${before} 2>&1 && echo alive`), { timeout: 90_000 })
        .not.toBe('alive')
    }
    await expect.poll(async () => (await appOf(panel, 'hog.test')).state, { timeout: 90_000 }).toBe('errored')
    const { problem } = await appOf(panel, 'hog.test')
    expect(problem).toMatch(/used more than its 128 MB of memory, 3 times/)
    expect(await processesOf(machine, panel, 'hog.test')).toEqual([])
    expect((await site(machine, 'hog.test')).status).toBe(503)
    expect(await neighbour.stop()).toMatchObject({ failed: 0 })
    await deleteSite(panel, 'hog.test')
  }, 300_000)

  itInSoak(
    'that floods its log is slowed down, and the log stays small',
    async () => {
      const neighbour = steadily(() => site(machine, 'neighbour.test', '/pid'))
      await startTiny(machine, panel, 'flood.test')
      await site(machine, 'flood.test', '/flood')
      await new Promise((resolve) => setTimeout(resolve, 8_000))
      const said = () =>
        output(machine, 'sh', '-c', 'grep -h " panel " /var/log/hosting-panel-apps/flood.test.log* | head -n 1')
      await expect.poll(said, { timeout: 90_000 }).toContain('slowed down')
      const kilobytes = Number(
        (await output(machine, 'sh', '-c', 'du -ck /var/log/hosting-panel-apps/flood.test.log* | tail -n 1')).split(
          '\t',
        )[0],
      )
      expect(kilobytes).toBeGreaterThan(1_000)
      expect(kilobytes).toBeLessThan(21_000)
      expect(await output(machine, 'stat', '-c', '%U:%G %a', '/var/log/hosting-panel-apps/flood.test.log')).toBe(
        'root:hosting-panel 640',
      )
      expect(await neighbour.stop()).toMatchObject({ failed: 0 })
      expect(await appJob(panel, 'flood.test', 'stop')).toMatchObject({ state: 'done' })
      await deleteSite(panel, 'flood.test')
    },
    300_000,
  )

  it('whose installation would take the disk is stopped, and what it took is given back', async () => {
    await tinySite(machine, panel, 'disk.test', {
      installCommand: 'dd if=/dev/zero of=node_modules/big bs=1M count=4000',
    })
    await output(
      machine,
      'sh',
      '-ec',
      `
      cp -a /var/www/disk.test /tmp/disk.test
      mount -t tmpfs -o size=600m,mode=751 tmpfs /var/www/disk.test
      cp -a /tmp/disk.test/. /var/www/disk.test
      rm -r /tmp/disk.test
      mkdir /var/www/disk.test/app/node_modules
      chown --reference=/var/www/disk.test/app /var/www/disk.test/app/node_modules`,
    )
    const { error } = await appJob(panel, 'disk.test', 'start')
    expect([error.code, error.message]).toEqual(['disk_full', expect.stringContaining('removed again')])
    expect(await output(machine, 'ls', '/var/www/disk.test/app')).not.toContain('node_modules')
    await output(machine, 'umount', '-l', '/var/www/disk.test')
    await deleteSite(panel, 'disk.test')
  }, 300_000)

  it('that crashes comes back, and a request it had begun is not sent to it twice', async () => {
    await startTiny(machine, panel, 'crash.test')
    const before = (await site(machine, 'crash.test', '/pid')).body
    expect((await site(machine, 'crash.test', '/die', { method: 'POST', body: 'order' })).status).toBe(502)
    const after = (await site(machine, 'crash.test', '/pid')).body
    expect(after).toMatch(/^\d+$/)
    expect(after).not.toBe(before)
    // Lines of the app reach its log a little later than its answers reach visitors.
    await expect
      .poll(() => output(machine, 'grep', '-c', 'out starting', '/var/log/hosting-panel-apps/crash.test.log'))
      .toBe('2')
    expect(await appOf(panel, 'crash.test')).toMatchObject({
      state: 'running',
      restarts: 1,
      problem: 'It ended with code 1',
    })
    await deleteSite(panel, 'crash.test')
  }, 300_000)
})

describe('after kill -9', () => {
  const domain = 'killed.test'
  beforeAll(() => startTiny(machine, panel, domain))
  afterAll(() => deleteSite(panel, domain))

  const kill = (...units: string[]) =>
    output(machine, 'systemctl', 'kill', '-s', 'KILL', ...units.map((unit) => `hosting-panel${unit}.service`))

  /** Waits until the store and the processes agree. */
  async function agree(): Promise<void> {
    await reap(machine)
    await expect
      .poll(
        async () => {
          const app = await appOf(panel, domain).catch(() => null)
          if (!app || !['running', 'asleep', 'stopped', 'errored'].includes(app.state)) return 'not settled'
          const runs = await isListening(machine, app.port)
          const processes = (await processesOf(machine, panel, domain)).length
          return runs === (app.state === 'running') && processes > 0 === runs
            ? 'agree'
            : `${app.state}, ${processes} processes`
        },
        { timeout: 90_000, interval: 200 },
      )
      .toBe('agree')
  }

  it('of the supervisor, apps that should run do again, without anybody asking', async () => {
    await kill('-supervisor')
    await expect
      .poll(async () => (await appOf(panel, domain).catch(() => null))?.state, { timeout: 90_000 })
      .toBe('running')
    expect((await site(machine, domain, '/pid')).body).toMatch(/^\d+$/)
    await agree()
  }, 300_000)

  it('a server that starts again runs what ran, and lets sleep what slept', async () => {
    await appJob(panel, domain, 'start')
    await letSleep(machine, panel, 'neighbour.test')
    await site(machine, domain)
    await output(
      machine,
      'systemctl',
      'stop',
      'hosting-panel.service',
      'hosting-panel-supervisor.service',
      'hosting-panel-supervisor.socket',
    )
    expect(await processesOf(machine, panel, domain).catch(() => [])).toEqual([])
    await output(machine, 'systemctl', 'start', 'hosting-panel-supervisor.socket', 'hosting-panel.service')
    await expect
      .poll(async () => (await appOf(panel, domain).catch(() => null))?.state, { timeout: 90_000 })
      .toBe('running')
    expect((await appOf(panel, 'neighbour.test')).state).toBe('asleep')
    expect(await processesOf(machine, panel, 'neighbour.test')).toEqual([])
  }, 300_000)
})
