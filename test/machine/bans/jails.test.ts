import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output } from '../sites/_helpers.ts'
import { stranger, type Stranger } from '../stranger.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import { bansOn } from './_bans.ts'

let machine: Machine
let panel: Api
let mallory: Stranger
let bystander: Stranger

/** Other addresses in each run, and others than those of bans.test.ts: Fail2ban remembers what these asked for. */
const run = Math.floor(Math.random() * 13)

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  mallory = await stranger(machine, 150 + run * 2)
  bystander = await stranger(machine, 151 + run * 2)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const one of [mallory, bystander]) {
    await panel.delete(`/bans/${one.address}`)
    await one.leave()
  }
})

const { reach, banned, welcome, files, live } = bansOn(() => machine)

it('a jail’s numbers are live, planned before, and put back when changed by hand', async () => {
  const before = await files()
  const planned = await panel.patch('/bans/jails/sshd?plan=true', { maxRetry: 7, banMinutes: 30 })
  expect(planned.body.changes).toMatchObject([
    {
      action: 'update',
      name: '/etc/fail2ban/jail.d/hosting-panel.conf',
      diff: expect.stringContaining('+maxretry = 7'),
    },
  ])
  expect(await files()).toBe(before)
  expect((await panel.patch('/bans/jails/sshd', { maxRetry: 7, banMinutes: 30 })).body).toMatchObject({
    name: 'sshd',
    live: true,
    missing: null,
    maxRetry: 7,
    banMinutes: 30,
    findMinutes: 5,
  })
  expect([await live('sshd', 'maxretry'), await live('sshd', 'bantime')]).toEqual(['7', '1800'])
  expect((await panel.patch('/bans/jails/sshd', { enabled: false })).body).toMatchObject({
    live: false,
    enabled: false,
  })
  expect(await output(machine, 'fail2ban-client', 'status')).not.toContain('sshd')
  expect((await panel.patch('/bans/jails/sshd', { enabled: true, maxRetry: 5, banMinutes: 10 })).body).toMatchObject({
    live: true,
  })
  expect(await files()).toBe(before)
  expect(await panel.patch('/bans/jails/vsftpd', { enabled: true })).toMatchObject({
    status: 409,
    body: { code: 'jail_not_available' },
  })
  await output(machine, 'sed', '-i', 's/maxretry = 5/maxretry = 99/', '/etc/fail2ban/jail.d/hosting-panel.conf')
  expect((await panel.get('/drift')).body.changes).toMatchObject([
    { action: 'update', name: '/etc/fail2ban/jail.d/hosting-panel.conf' },
  ])
  expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
  expect([await files(), await live('sshd', 'maxretry')]).toEqual([before, '5'])
})

it('who is banned stays so when the firewall goes off and on', async () => {
  expect((await panel.post('/bans', { address: bystander.address })).status).toBe(201)
  for (const enabled of [false, true]) {
    expect((await panel.patch('/firewall', { enabled })).body).toMatchObject({ enabled })
    await banned(bystander)
    expect(await reach(mallory)).toBe(200)
  }
  expect((await panel.delete(`/bans/${bystander.address}`)).status).toBe(200)
  await welcome(bystander)
  expect((await panel.get('/drift')).body.changes).toEqual([])
})

it('watches one log of nginx’s own for all sites, later ones too, before and after it is turned over', async () => {
  expect(await live('nginx-http-auth', 'logpath')).toMatch(/hosting-panel-guard\.log$/)
  await panel.post('/sites', { domain: 'watched.test', runtime: 'static' })
  const scan = () => bystander.request(`http://${machine.address}/wp-login.php`, { headers: { host: 'watched.test' } })
  const counted = async () =>
    Number(/Total failed:\s*(\d+)/.exec(await output(machine, 'fail2ban-client', 'status', 'nginx-botsearch'))?.[1])
  const before = await counted()
  expect(await scan()).toBe(404)
  await expect.poll(counted, { timeout: 90_000 }).toBe(before + 1)
  await output(machine, 'logrotate', '--force', '/etc/logrotate.d/nginx')
  // This host is never banned: what it asks for shows when nginx writes into the new log.
  await expect
    .poll(
      async () => {
        await site(machine, 'watched.test', '/wp-login.php')
        return output(machine, 'cat', '/var/log/nginx/hosting-panel-guard.log')
      },
      { timeout: 90_000 },
    )
    .not.toBe('')
  expect(await scan()).toBe(404)
  await expect.poll(counted, { timeout: 90_000 }).toBe(before + 2)
  await panel.delete('/sites/watched.test?purge=true')
})

itInSoak('says what is the matter when Fail2ban is stopped or broken by hand, and keeps what was', async () => {
  const before = await files()
  await output(machine, 'systemctl', 'stop', 'fail2ban')
  for (const answer of [
    await panel.get('/bans'),
    await panel.post('/bans', { address: '192.0.2.1' }),
    await panel.patch('/bans/jails/sshd', { maxRetry: 9 }),
    await panel.delete('/bans/192.0.2.1'),
  ]) {
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'fail2ban_down', message: expect.stringContaining('systemctl start fail2ban') },
    })
  }
  const { problem, jails } = (await panel.get('/bans/jails')).body as {
    problem: string
    jails: { name: string; maxRetry: number; live: boolean }[]
  }
  expect(problem).toContain('does not run')
  expect(jails.find(({ name }) => name === 'sshd')).toMatchObject({ maxRetry: 5, live: false })
  await output(machine, 'systemctl', 'start', 'fail2ban')
  await expect.poll(async () => (await panel.get('/bans')).status, { timeout: 90_000 }).toBe(200)

  await machine.sh(['tee', '/etc/fail2ban/jail.local'], { input: '[broken]\nenabled = true\nlogpath = /nowhere\n' })
  expect(await panel.patch('/bans/jails/sshd', { maxRetry: 9 })).toMatchObject({
    status: 503,
    body: { code: 'fail2ban_already_broken', message: expect.stringContaining('broken') },
  })
  expect(await files()).toBe(before)
  expect((await panel.get('/bans/jails')).body.jails[1]).toMatchObject({ name: 'sshd', maxRetry: 5, live: true })
  // A jail.local that overrules the panel's jail: what was asked for would not be true.
  await machine.sh(['tee', '/etc/fail2ban/jail.local'], { input: '[sshd]\nenabled = false\n' })
  expect(await panel.patch('/bans/jails/sshd', { maxRetry: 9 })).toMatchObject({
    status: 503,
    body: { code: 'fail2ban_reload_failed', message: expect.stringContaining('jail.local') },
  })
  expect(await files()).toBe(before)
  await output(machine, 'rm', '/etc/fail2ban/jail.local')
  expect((await panel.patch('/bans/jails/sshd', { maxRetry: 5 })).status).toBe(200)
  await output(machine, 'fail2ban-client', 'reload')
  expect((await panel.get('/drift')).body.changes).toEqual([])
})
