import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { siteNames } from '../../../lib/model/sites/names.ts'
import { appJob, appOf, provideNode, startTiny } from '../apps/_tiny.ts'
import { cacheOf, redis, redisSite, script, type Account } from '../cache/_cache.ts'
import { handmade } from '../certificates/_authority.ts'
import { createDatabase, removeDatabase } from '../databases/_helpers.ts'
import { beginFaults, dyingAt, endFaults } from '../faults.ts'
import { api, site, type Api } from '../http.ts'
import { within, type Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, traces, writeFile } from './_helpers.ts'

let machine: Machine
let panel: Api
let account: Account

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  account = await redisSite(panel, 'former.test')
  await script(machine, 'former.test', 'index.php', `echo 'user ', posix_geteuid(), ' in ', __DIR__;`)
  await redis(machine, account, ['set', `${account.username}:kept`, 'yes', 'ex', '9999'])
  await createDatabase(panel, 'former', { site: 'former.test' })
  await panel.send('PUT', '/sites/former.test/certificate', await handmade(machine, 'former.test'))
  const text = 'add_header X-Own yes always;\nlocation = /own { return 204; }'
  expect((await panel.send('PUT', '/sites/former.test/directives', { text })).status).toBe(200)
  const protect = { basicAuth: [{ path: '/secret', users: [{ name: 'a', password: 'a long password' }] }] }
  expect((await panel.patch('/sites/former.test', { ...protect, diskMb: 500 })).status).toBe(200)
  await startTiny(machine, panel, 'app.test', { env: { HOME_PAGE: 'https://app.test/' } })
  await create(panel, { domain: 'plain.test', runtime: 'static' })
})
afterAll(async () => {
  for (const domain of ['former.test', 'next.test', 'app.test', 'moved.test', 'plain.test', 'other.test'])
    await deleteSite(panel, domain)
  await removeDatabase(panel, 'former')
})
beforeEach(() => showJournalOnFailure(machine))

const rename = (from: string, domain: string, more: object = {}) =>
  panel.post(`/sites/${from}/rename`, { domain, ...more })
async function nothingIsLeft(domain: string): Promise<void> {
  expect((await panel.get('/drift')).body.changes).toEqual([])
  // systemd forgets units a moment later.
  await expect.poll(() => traces(machine, domain), { timeout: 60_000 }).toEqual([])
}
const idOf = (domain: string) => output(machine, 'id', '-u', siteNames(domain).user)
/** A job starts what ran. */
const ended = (domain: string) =>
  within(60, `the jobs of ${domain}`, async () => {
    const { jobs } = (await panel.get('/jobs')).body as { jobs: { subject: string; state: string }[] }
    return jobs.every(({ subject, state }) => subject !== domain || state !== 'running') || undefined
  })

it('a PHP site keeps all that it has, and goes back', async () => {
  const uid = await idOf('former.test')
  const plan = await panel.post('/sites/former.test/rename?plan=true', { domain: 'next.test' })
  expect(plan.body.changes.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual(
    expect.arrayContaining(['setting certificate', 'setting cache.redis', 'move /var/www/former.test']),
  )
  expect(await idOf('next.test')).toBe('')

  const { status, body } = await rename('former.test', 'next.test')
  expect([status, body.message, body.domain, body.aliases]).toEqual([200, undefined, 'next.test', ['former.test']])
  expect([await idOf('next.test'), await idOf('former.test')]).toEqual([uid, ''])
  const page = `user ${uid} in /var/www/next.test/public`
  for (const name of ['next.test', 'former.test']) expect((await site(machine, name)).body).toBe(page)
  const secure = await site(machine, 'former.test', '/', { scheme: 'https' })
  expect([secure.body, secure.headers['x-own']]).toEqual([page, 'yes'])
  expect((await site(machine, 'next.test', '/own')).status).toBe(204)
  expect((await site(machine, 'next.test', '/secret')).status).toBe(401)
  const { user } = siteNames('next.test')
  expect(await redis(machine, { ...account, username: user }, ['get', `${user}:kept`])).toBe('yes')
  expect((await cacheOf(panel, 'next.test')).redis.keys).toBe(1)
  expect((await panel.get('/databases/former')).body.site).toBe('next.test')
  expect((await panel.get('/sites/next.test/certificate')).body).toMatchObject({
    source: 'own',
    names: ['former.test'],
  })
  expect((await panel.get('/sites/next.test')).body).toMatchObject({ state: 'active', diskMb: 500, phpVersion: '8.2' })
  expect((await panel.get('/sites/former.test')).status).toBe(404)
  await nothingIsLeft('former.test')

  const back = await rename('next.test', 'former.test', { keepOldName: 'no' })
  expect([back.status, back.body.message, back.body.aliases]).toEqual([200, undefined, []])
  expect((await site(machine, 'former.test', '/', { scheme: 'https' })).body).toBe(
    `user ${uid} in /var/www/former.test/public`,
  )
  await expect(site(machine, 'next.test')).rejects.toThrow()
  expect(await redis(machine, account, ['get', `${account.username}:kept`])).toBe('yes')
  await nothingIsLeft('next.test')
}, 120_000)

it('an app that runs goes on under the new domain, and a stopped one stays so', async () => {
  const uid = await idOf('app.test')
  const { status, body } = await rename('app.test', 'moved.test', { keepOldName: 'redirect' })
  expect([status, body.message]).toEqual([200, undefined])
  expect(body.notes).toContainEqual({ name: 'app', note: expect.stringContaining('app.test') })
  expect((await site(machine, 'moved.test')).status).toBe(200)
  const env = JSON.parse((await site(machine, 'moved.test', '/env')).body) as Record<string, string>
  expect(env).toMatchObject({ HOME: siteNames('moved.test').appHome, USER: siteNames('moved.test').user })
  const led = await site(machine, 'app.test', '/a?b=c')
  expect([led.status, led.headers.location]).toEqual([301, 'http://moved.test/a?b=c'])
  await ended('moved.test')
  expect(await appOf(panel, 'moved.test')).toMatchObject({ state: 'running' })
  expect(await idOf('moved.test')).toBe(uid)
  await nothingIsLeft('app.test')
  await appJob(panel, 'moved.test', 'stop')
  expect((await rename('moved.test', 'app.test', { keepOldName: 'no' })).status).toBe(200)
  expect(await appOf(panel, 'app.test')).toMatchObject({ state: 'stopped' })
  await nothingIsLeft('moved.test')
}, 120_000)

it('what is in the way, or refused by nginx, leaves everything as it was', async () => {
  const before = await output(machine, 'stat', '-c', '%i %u', '/var/www/plain.test', '/var/www/plain.test/public')
  await output(machine, 'mkdir', '/var/www/other.test')
  expect((await rename('plain.test', 'other.test')).body).toMatchObject({ code: 'path_taken' })
  await output(machine, 'rmdir', '/var/www/other.test')
  await writeFile(machine, '/etc/nginx/conf.d/broken.conf', 'no_such_directive;\n')
  expect((await rename('plain.test', 'other.test')).body).toMatchObject({ code: 'nginx_already_broken' })
  await output(machine, 'rm', '/etc/nginx/conf.d/broken.conf')
  expect(await output(machine, 'stat', '-c', '%i %u', '/var/www/plain.test', '/var/www/plain.test/public')).toBe(before)
  expect((await site(machine, 'plain.test')).status).toBe(200)
  expect((await panel.get('/sites/other.test')).status).toBe(404)
  await nothingIsLeft('other.test')
}, 120_000)

it('the agent is killed on the way: it is done all the same, or not at all', async () => {
  await beginFaults(machine)
  try {
    expect(await dyingAt(machine, '9', () => rename('plain.test', 'other.test', { keepOldName: 'no' }))).toBe(true)
    await nothingIsLeft('plain.test')
    const died = await dyingAt(machine, '12 always', async () =>
      expect((await rename('other.test', 'plain.test')).body.code).toBe('agent_lost'),
    )
    expect(died).toBe(true)
  } finally {
    await endFaults(machine)
  }
  expect((await site(machine, 'other.test')).status).toBe(200)
  await nothingIsLeft('plain.test')
}, 120_000)
