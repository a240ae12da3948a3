import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { casesOf } from '../../_cases.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { serveIndex } from './_index.ts'
import { addRealApp, realApps as all } from './_real.ts'
import { saySocket } from './_socket.ts'
import { appJob, appOf, letSleep, processesOf } from './_tiny.ts'

const realApps = casesOf(all, 3)
let machine: Machine
let panel: Api
let endIndex: (() => Promise<unknown>) | undefined
const jobs = new Map<string, ReturnType<typeof appJob>>()
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  endIndex = await serveIndex(machine)
  for (const app of realApps) {
    await addRealApp(machine, panel, app)
    jobs.set(app.domain, appJob(panel, app.domain, 'start'))
  }
}, 300_000)
afterAll(async () => {
  await endIndex?.()
  for (const { domain } of realApps) await deleteSite(panel, domain)
})
beforeEach(() => showJournalOnFailure(machine))

describe.each(realApps)('$domain', ({ domain, runtime }) => {
  const hello = `hello from ${domain.replace('.test', '')}`
  const get = async (path = '/') => (await site(machine, domain, path)).body
  const post = async (body: Buffer) =>
    (
      await site(machine, domain, '/echo', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/octet-stream' },
      })
    ).body

  it('is installed, built and started by one call', async () => {
    const job = await jobs.get(domain)!
    expect([job.error, job.state]).toEqual([null, 'done'])
    expect(job.steps.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['Looking at the app', 'Installing dependencies', 'Starting', 'Waiting for its answer']),
    )
    expect(await get()).toContain(hello)
    expect(await appOf(panel, domain)).toMatchObject({ state: 'running', problem: null, restarts: 0 })
  }, 300_000)

  it('is woken by GET, and by a POST of 5 MB', async () => {
    await letSleep(machine, panel, domain)
    expect(await processesOf(machine, panel, domain)).toEqual([])
    expect(await get()).toContain(hello)
    await letSleep(machine, panel, domain)
    expect(await post(randomBytes(5_000_000))).toBe('5000000')
  }, 300_000)

  it('comes back when it is killed', async () => {
    const before = (await processesOf(machine, panel, domain)).map((line) => line.trim().split(' ')[0]!)
    await output(machine, 'kill', '-9', ...before)
    expect(await get()).toContain(hello)
    expect(await appOf(panel, domain)).toMatchObject({ state: 'running', restarts: 1 })
  }, 300_000)

  it('is started again with what it was given meanwhile', async () => {
    const change = runtime === 'node' ? { nodeVersion: '24' } : { memoryMb: 300 }
    expect(await panel.patch(`/sites/${domain}/app`, change)).toMatchObject({ status: 200, body: change })
    expect(await appJob(panel, domain, 'restart')).toMatchObject({ state: 'done', error: null })
    expect(await get()).toContain(hello)
    if (domain === 'express.test') expect(await get('/version')).toMatch(/^v24\./)
  }, 300_000)
})

it('a hundred requests wake an app once', async () => {
  await letSleep(machine, panel, 'express.test')
  const pids = await Promise.all(
    Array.from({ length: 100 }, async () => (await site(machine, 'express.test', '/pid')).body),
  )
  expect([new Set(pids).size, pids[0]]).toEqual([1, expect.stringMatching(/^\d+$/)])
}, 300_000)

it('a real WebSocket wakes an app', async () => {
  await letSleep(machine, panel, 'ws.test')
  expect(await saySocket(machine, 'ws.test', '/', 'hello')).toBe('you said hello')
}, 300_000)

it('static files are nginx’s, asleep or awake, and nothing else of the app is', async () => {
  const { root } = (await panel.get('/sites/django.test')).body
  await letSleep(machine, panel, 'django.test')
  const css = await site(machine, 'django.test', '/static/shop.css')
  expect([css.status, css.body, css.headers['content-type']]).toEqual([200, 'p { color: green }\n', 'text/css'])
  expect((await appOf(panel, 'django.test')).state).toBe('asleep')
  const asNginx = async (path: string) =>
    (await machine.sh(['setpriv', '--reuid=www-data', '--regid=www-data', '--init-groups', 'cat', path])).code === 0
  expect(await asNginx(`${root}/staticfiles/shop.css`)).toBe(true)
  for (const name of ['.env', 'manage.py', 'assets/shop.css', 'shop/settings.py'])
    expect([name, await asNginx(`${root}/${name}`)]).toEqual([name, false])
  const script =
    'umask 077; mkdir -p staticfiles/a; echo new > staticfiles/a/new.txt; ' +
    'ln -s ../.env staticfiles/env; ln -s /etc/passwd staticfiles/p'
  await output(machine, 'hosting-panel', 'sites', 'run', 'django.test', '--', 'sh', '-c', script)
  expect((await site(machine, 'django.test', '/static/a/new.txt')).body).toBe('new\n')
  for (const path of [
    '/static/env',
    '/static/p',
    '/static/../.env',
    '/static/%2e%2e/.env',
    '/static../.env',
    '/static/.env',
  ])
    expect([path, (await site(machine, 'django.test', path)).body.includes('canary')]).toEqual([path, false])
  expect((await site(machine, 'django.test', '/static/p')).body).not.toContain('root:')
  await panel.patch('/sites/django.test/app', { static: [] })
  expect(await asNginx(`${root}/staticfiles/shop.css`)).toBe(false)
}, 300_000)

it('nothing that runs differs from what is desired', async () => {
  expect((await panel.get('/drift')).body.changes).toEqual([])
})
