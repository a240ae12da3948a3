import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, deleteSite, writeFile } from '../sites/_helpers.ts'
import { steadily } from '../sites/_load.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { appJob, appOf, isListening, letSleep, processesOf, provideNode, reap, startTiny, tinySite } from './_tiny.ts'

let machine: Machine
let panel: Api
/** These take their minute while the other tests run. */
let silent: ReturnType<typeof appJob>
let wrong: ReturnType<typeof appJob>
let mute: ReturnType<typeof appJob>
let elsewhere: ReturnType<typeof appJob>
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  await startTiny(machine, panel, 'neighbour.test')
  await tinySite(machine, panel, 'silent.test', { env: { BEHAVE: 'silent' } })
  await tinySite(machine, panel, 'wrong.test', { env: { BEHAVE: 'wrong-port' } })
  silent = appJob(panel, 'silent.test', 'start')
  wrong = appJob(panel, 'wrong.test', 'start')
  await tinySite(machine, panel, 'mute.test', { env: { BEHAVE: 'mute' } })
  mute = appJob(panel, 'mute.test', 'start')
  await tinySite(machine, panel, 'elsewhere.test', { env: { BEHAVE: 'elsewhere', ELSEWHERE: machine.address } })
  elsewhere = appJob(panel, 'elsewhere.test', 'start')
})
afterAll(async () => {
  for (const name of ['silent', 'wrong', 'mute', 'elsewhere', 'neighbour', 'flood', 'hog'])
    await deleteSite(panel, `${name}.test`)
})
beforeEach(() => showJournalOnFailure(machine))

/** A start that fails: what is said, and that nothing of the app is left. */
async function fails(domain: string, ...words: string[]): Promise<void> {
  const job = await appJob(panel, domain, 'start')
  expect([job.state, job.error?.code]).toEqual(['failed', 'app_failed'])
  await expectFailed(domain, job.error.message, ...words)
}

async function expectFailed(domain: string, message: string, ...words: string[]): Promise<void> {
  for (const word of words) expect(message).toContain(word)
  const app = await appOf(panel, domain)
  expect([app.state, app.problem]).toEqual(['errored', message])
  expect([await isListening(machine, app.port), await processesOf(machine, panel, domain)]).toEqual([false, []])
  expect((await site(machine, domain)).status).toBe(503)
}

describe('an app', () => {
  it('that exits at once is given up, with its last words', async () => {
    await tinySite(machine, panel, 'exit.test', { env: { BEHAVE: 'exit' } })
    await fails('exit.test', 'ended with code 3', 'I cannot find my configuration')
    await panel.patch('/sites/exit.test/app/env', { BEHAVE: null })
    expect(await appJob(panel, 'exit.test', 'start')).toMatchObject({ state: 'done' })
    await deleteSite(panel, 'exit.test')
  }, 300_000)

  it('that ends a second after it answered has not started', async () => {
    await tinySite(machine, panel, 'late.test', { env: { BEHAVE: 'late' } })
    await fails('late.test', 'It ended with code 4, soon after it had begun to listen', 'I lost my database')
    await deleteSite(panel, 'late.test')
  }, 300_000)

  it('whose build script was never run is told so', async () => {
    await tinySite(machine, panel, 'unbuilt.test')
    const { root } = (await panel.get('/sites/unbuilt.test')).body
    const scripts = { build: 'mkdir dist && cp server.js dist', start: 'node dist/server.js' }
    await writeFile(machine, `${root}/package.json`, JSON.stringify({ scripts }))
    await fails('unbuilt.test', 'a build script that was never run, and dist, which it makes, is missing')
    await panel.patch('/sites/unbuilt.test/app', { buildCommand: 'npm run build' })
    expect(await appJob(panel, 'unbuilt.test', 'start')).toMatchObject({ state: 'done', error: null })
    await deleteSite(panel, 'unbuilt.test')
  }, 300_000)

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

  it('without files, with broken ones, or with a program that is not there says so', async () => {
    await panel.post('/sites', { domain: 'none.test', runtime: 'node' })
    expect((await appJob(panel, 'none.test', 'start')).error).toMatchObject({
      code: 'app_missing',
      message: expect.stringContaining('package.json'),
    })
    const { root, user } = (await panel.get('/sites/none.test')).body
    await writeFile(machine, `${root}/package.json`, '{ broken')
    await output(machine, 'chown', `${user}:`, `${root}/package.json`)
    expect((await appJob(panel, 'none.test', 'start')).error).toMatchObject({ code: 'app_invalid' })
    await writeFile(machine, `${root}/package.json`, '{}')
    await panel.patch('/sites/none.test/app', { startCommand: 'no-such-program --port $PORT' })
    await fails('none.test', 'no such program')
    await panel.patch('/sites/none.test/app', { installCommand: 'false' })
    expect((await appJob(panel, 'none.test', 'start')).error).toMatchObject({
      code: 'install_failed',
      message: expect.stringContaining('exit code 1'),
    })
    await deleteSite(panel, 'none.test')
  }, 300_000)

  it('whose files are links to what others may not read shows nothing of it', async () => {
    await panel.post('/sites', { domain: 'link.test', runtime: 'node' })
    const { root, user } = (await panel.get('/sites/link.test')).body
    await output(
      machine,
      'setpriv',
      `--reuid=${user}`,
      `--regid=${user}`,
      '--clear-groups',
      'ln',
      '-s',
      '/etc/shadow',
      `${root}/package.json`,
    )
    const { error } = await appJob(panel, 'link.test', 'start')
    expect([error.code, error.message.includes('root:')]).toEqual(['app_invalid', false])
    await deleteSite(panel, 'link.test')
  })

  it('that ignores SIGTERM is killed after its grace, with all it forked', async () => {
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
  }, 300_000)

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

  it('that floods its log is slowed down, and the log stays small', async () => {
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
  }, 300_000)

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

  it('that fails when it is woken says so in its page, the log and the record', async () => {
    await startTiny(machine, panel, 'fail.test')
    await letSleep(machine, panel, 'fail.test')
    await panel.patch('/sites/fail.test/app/env', { BEHAVE: 'exit' })
    expect((await site(machine, 'fail.test')).status).toBe(503)
    expect(await appOf(panel, 'fail.test')).toMatchObject({
      state: 'errored',
      problem: expect.stringContaining('I cannot find my configuration'),
    })
    expect((await panel.get('/audit?action=app.wake')).body.entries[0]).toMatchObject({
      object: 'fail.test',
      ok: false,
      code: 'app_failed',
    })
    expect(await output(machine, 'journalctl', '-u', 'hosting-panel', '--no-pager', '-n', '50')).toContain(
      'fail.test could not be woken',
    )
    await panel.patch('/sites/fail.test/app/env', { BEHAVE: null })
    expect(await appJob(panel, 'fail.test', 'start')).toMatchObject({ state: 'done' })
    expect(await appOf(panel, 'fail.test')).toMatchObject({ state: 'running', problem: null })
    await deleteSite(panel, 'fail.test')
  }, 300_000)

  it('that never listens is given up after a minute, and one that listens elsewhere is told so', async () => {
    await expectFailed('silent.test', (await silent).error.message, 'did not listen on port')
    await expectFailed('wrong.test', (await wrong).error.message, 'It listens on port 31999')
    const { message } = (await elsewhere).error
    await expectFailed('elsewhere.test', message, 'of another address than 127.0.0.1')
    expect(message).not.toContain('but not on')
  }, 900_000)

  it('that takes connections and answers nothing has not started', async () => {
    const { message } = (await mute).error
    expect(message).toContain('answered no request within 60 seconds')
    expect(await appOf(panel, 'mute.test')).toMatchObject({ state: 'errored', problem: message })
  }, 900_000)
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
