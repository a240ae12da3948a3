import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { administrator, api, panelUrl, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output } from '../sites/_helpers.ts'
import { stranger, type Stranger } from '../stranger.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { bansOn } from './_bans.ts'

let machine: Machine
let panel: Api
let mallory: Stranger
let bystander: Stranger
let friend: Stranger

/** Other addresses and names in each run: the panel's own limits remember those of the last one for five minutes. */
const run = Math.floor(Math.random() * 20)

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  mallory = await stranger(machine, 90 + run * 3)
  bystander = await stranger(machine, 90 + run * 3 + 1)
  friend = await stranger(machine, 90 + run * 3 + 2)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const one of [mallory, bystander, friend]) {
    await panel.delete(`/bans/${one.address}`)
    await one.leave()
  }
})

interface Listed {
  address: string
  jail: string
  since: string
  until: string
  lines: string[]
  by: string | null
}
const listed = async (address: string): Promise<Listed[]> =>
  ((await panel.get('/bans')).body.bans as Listed[]).filter((ban) => ban.address === address)
const wrong = (who: Stranger, username: string, headers: Record<string, string> = {}) =>
  who.request(`${panelUrl(machine)}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: panelUrl(machine), ...headers },
    body: JSON.stringify({ username, password: 'wrong' }),
  })
const { reach, banned, welcome, files } = bansOn(() => machine)

it('five bad sign-ins close the door, the list says why, and ending the ban opens it', async () => {
  expect(await reach(mallory)).toBe(200)
  for (let count = 0; count < 5; count++)
    expect(await wrong(mallory, `mallory${run}" from ${bystander.address} (wrong_credentials)\n`)).toBe(401)
  await banned(mallory)
  expect(await reach(bystander)).toBe(200)
  expect((await panel.get('/health')).status).toBe(200)
  const [ban, ...more] = await listed(mallory.address)
  expect(more).toEqual([])
  expect(ban).toMatchObject({ jail: 'hosting-panel', by: null })
  expect(Date.parse(ban!.until) - Date.parse(ban!.since)).toBe(600_000)
  expect(ban!.lines).toHaveLength(5)
  for (const line of ban!.lines)
    expect(line).toMatch(
      new RegExp(
        `^\\S+Z hosting-panel: sign-in failed for "mallory\\S*" from ${mallory.address} \\(wrong_credentials\\)$`,
      ),
    )
  expect(await listed(bystander.address)).toEqual([])
  expect(await panel.delete(`/bans/${mallory.address}`)).toMatchObject({ status: 200, body: { ended: 1 } })
  await welcome(mallory)
  expect(await panel.delete(`/bans/${mallory.address}`)).toMatchObject({ status: 404, body: { code: 'not_banned' } })
})

it('nobody gets somebody else banned with headers: the log has the socket’s address', async () => {
  const forged = {
    'x-forwarded-for': bystander.address,
    'x-real-ip': bystander.address,
    forwarded: `for=${bystander.address}`,
    'x-hosting-panel-proxy': 'a'.repeat(64),
  }
  // Another name each time: the limit by name must not be what refuses.
  for (let count = 0; count < 6; count++) await wrong(mallory, `name${count}`, forged)
  await banned(mallory)
  expect(await reach(bystander)).toBe(200)
  const log = await output(machine, 'cat', '/var/log/hosting-panel/auth.log')
  expect(
    log
      .split('\n')
      .filter((line) => line.includes('"name0"'))
      .at(-1),
  ).toContain(`from ${mallory.address} (`)
  expect(log).not.toContain(`from ${bystander.address}`)
  expect((await panel.delete(`/bans/${mallory.address}?jail=hosting-panel`)).status).toBe(200)
  await welcome(mallory)
})

it('bans by hand, for a while of its own, an address or a network', async () => {
  const made = await panel.post('/bans', { address: bystander.address, minutes: 60 })
  expect(made).toMatchObject({
    status: 201,
    body: { address: bystander.address, jail: 'hosting-panel', by: administrator.username, lines: [] },
  })
  const left = Date.parse((made.body as Listed).until) - Date.now()
  expect(left).toBeGreaterThan(59 * 60_000)
  await banned(bystander)
  expect(await reach(mallory)).toBe(200)
  // The network takes the place of the address in it.
  const network = bystander.address.replace(/\.\d+$/, '.0/24')
  expect((await panel.post('/bans', { address: network })).body).toMatchObject({
    address: network,
    jail: 'hosting-panel',
  })
  expect(await listed(bystander.address)).toEqual([])
  await banned(bystander)
  expect((await panel.delete(`/bans/${encodeURIComponent(network)}`)).body).toEqual({ ended: 1 })
  await welcome(bystander)
  // Its own ban still counts: the panel would renew it while other tests look.
  await panel.delete(`/bans/${bystander.address}`)
  expect((await panel.post('/bans', { address: '2001:db8::1', jail: 'sshd' })).status).toBe(201)
  expect((await panel.delete('/bans/2001:db8:0::1?jail=sshd')).status).toBe(200)
})

it('bans neither the server nor, unasked, who asks, nor the ignored', async () => {
  expect(await panel.post('/bans', { address: '127.0.0.1' })).toMatchObject({
    status: 422,
    body: { code: 'never_banned' },
  })
  expect(await panel.post('/bans', { address: '::1' })).toMatchObject({ status: 422, body: { code: 'never_banned' } })
  expect(await panel.post('/bans', { address: machine.address })).toMatchObject({
    status: 422,
    body: { code: 'never_banned' },
  })
  const { yourAddress, ignore } = (await panel.get('/bans/settings')).body as { yourAddress: string; ignore: string[] }
  expect(ignore).toContain(yourAddress)
  expect(await panel.post('/bans', { address: yourAddress })).toMatchObject({
    status: 409,
    body: { code: 'would_ban_yourself' },
  })
  expect(await panel.post('/bans', { address: yourAddress, confirm: true })).toMatchObject({
    status: 409,
    body: { code: 'address_ignored' },
  })
  expect(await panel.post('/bans', { address: '192.0.2.1', jail: 'nothing' })).toMatchObject({
    status: 409,
    body: { code: 'jail_not_running' },
  })
  expect((await panel.patch('/bans/settings', { ignore: [...ignore, friend.address] })).body).toEqual({
    yourAddress,
    ignore: [...ignore, friend.address],
  })
  for (let count = 0; count < 7; count++) await wrong(friend, `friend${count}`)
  await wrong(mallory, 'the line after theirs')
  await expect
    .poll(() => output(machine, 'cat', '/var/log/fail2ban.log'), { timeout: 90_000 })
    .toMatch(new RegExp(`Ignore ${friend.address} by ip`))
  expect([await reach(friend), await listed(friend.address)]).toEqual([200, []])
  expect((await panel.patch('/bans/settings', { ignore })).body).toEqual({ yourAddress, ignore })
})

it('refuses hostile input, and nothing changes', async () => {
  const before = await files()
  const bans = (await panel.get('/bans')).body
  for (const address of [
    '$(id)',
    '1.2.3.4\n',
    '-h',
    '::1/200',
    '0.0.0.0/0',
    '1.2.3.4; id',
    '--all',
    ['1.2.3.4'],
    null,
  ]) {
    expect(await panel.post('/bans', { address }), String(address)).toMatchObject({
      status: 422,
      body: { code: 'invalid_input' },
    })
    expect((await panel.patch('/bans/settings', { ignore: [address] })).status, String(address)).toBe(422)
    if (typeof address === 'string')
      expect((await panel.delete(`/bans/${encodeURIComponent(address)}`)).status, address).toBe(422)
  }
  for (const jail of ['../x', 'a;b', '-h', '', 'a b', 'a\nb', '[DEFAULT]']) {
    expect((await panel.post('/bans', { address: '192.0.2.1', jail })).status, jail).toBe(422)
    expect((await panel.delete(`/bans/192.0.2.1?jail=${encodeURIComponent(jail)}`)).status, jail).toBe(422)
    if (jail)
      expect((await panel.patch(`/bans/jails/${encodeURIComponent(jail)}`, { maxRetry: 3 })).status, jail).toBe(422)
  }
  for (const changes of [
    { maxRetry: 0 },
    { maxRetry: '5\nbantime = -1' },
    { banMinutes: -1 },
    { findMinutes: 1.5 },
    { colour: 'red' },
  ]) {
    expect((await panel.patch('/bans/jails/sshd', changes)).status, JSON.stringify(changes)).toBe(422)
  }
  expect([await files(), (await panel.get('/bans')).body]).toEqual([before, bans])
})

it('the log goes on after logrotate, and is still read', async () => {
  await output(machine, 'logrotate', '--force', '/etc/logrotate.d/hosting-panel')
  await wrong(mallory, 'after-rotation')
  expect(await output(machine, 'cat', '/var/log/hosting-panel/auth.log')).toMatch(
    new RegExp(`^\\S+Z hosting-panel: sign-in failed for "after-rotation" from ${mallory.address} \\(\\w+\\)$`),
  )
  for (let count = 0; count < 5; count++) await wrong(mallory, `again${count}`)
  await banned(mallory)
  await panel.delete(`/bans/${mallory.address}`)
  await welcome(mallory)
})
