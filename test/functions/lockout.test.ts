import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../lib/panel/app.ts'
import { newChallenge, takeChallenge } from '../../lib/panel/auth/challenges.ts'
import { newSetupToken } from '../../lib/panel/auth/setup.ts'
import { manifest } from '../../functions/manifest.ts'
import { administrator, openPanel, origin, type Panel } from './_harness.ts'
import { bearer, newUser, newToken } from './_users.ts'

const HOME = '192.0.2.1'
const signIn = ({ call }: Panel, password: string, address: string, username = administrator.username) =>
  call('POST /api/session', { body: { username, password }, address, headers: { cookie: '' } })

/** Tries at an account from a hundred networks, more than it has. */
async function besiege(panel: Panel, username = administrator.username): Promise<void> {
  for (let index = 0; index < 12; index++) await signIn(panel, 'a guess', `198.51.100.${index}`, username)
  expect((await signIn(panel, 'a guess', '198.51.100.99', username)).body.code).toBe('too_many_attempts')
}

async function opened(): Promise<Panel> {
  const panel = await openPanel()
  await panel.signIn()
  return panel
}

/** Reads the lines that are written into auth.log from now on. */
function authLog(): () => string[] {
  const directory = mkdtempSync(join(tmpdir(), 'auth-log-'))
  const file = join(directory, 'auth.log')
  writeFileSync(file, '')
  const before = process.env.HOSTING_PANEL_AUTH_LOG
  process.env.HOSTING_PANEL_AUTH_LOG = file
  onTestFinished(() => {
    process.env.HOSTING_PANEL_AUTH_LOG = before
    rmSync(directory, { recursive: true })
  })
  return () => readFileSync(file, 'utf8').trim().split('\n')
}

it('strangers do not lock an owner out where they were before, and elsewhere do (control)', async () => {
  const panel = await opened()
  await besiege(panel)
  expect((await signIn(panel, administrator.password, HOME)).status).toBe(200)
  const elsewhere = await signIn(panel, administrator.password, '203.0.113.5')
  expect([elsewhere.status, elsewhere.body.code, elsewhere.body.details]).toEqual([
    429,
    'too_many_attempts',
    { used: 'name' },
  ])
  expect((await panel.call('GET /api/session')).status, 'a session goes on').toBe(200)
})

it('all of an IPv6 network is known by one sign-in, also once its session has ended', async () => {
  const panel = await opened()
  expect((await signIn(panel, administrator.password, '2001:db8:1:2::5')).status).toBe(200)
  panel.ctx.db.sqlite.prepare("DELETE FROM kv WHERE key LIKE 'session:%'").run()
  await besiege(panel)
  expect((await signIn(panel, administrator.password, '2001:db8:1:3::5')).status, 'the one beside it (control)').toBe(
    429,
  )
  expect((await signIn(panel, administrator.password, '2001:db8:1:2:3:4:5:6')).status).toBe(200)
})

it('a network that is known for one account is none for another, and its own tries are five', async () => {
  const panel = await opened()
  await newUser(panel, 'ann')
  await besiege(panel, 'ann')
  expect((await signIn(panel, 'a password of a user', HOME, 'ann')).status, 'the administrator’s network').toBe(429)
  expect((await signIn(panel, 'a password of a user', '192.0.2.77', 'ann')).status).toBe(200)
  const codes = []
  for (let index = 0; index < 7; index++) codes.push((await signIn(panel, 'a guess', HOME)).status)
  expect(codes).toEqual([401, 401, 401, 401, 401, 429, 429])
  expect((await signIn(panel, administrator.password, HOME)).body.details).toEqual({ used: 'address' })
})

it('neighbours who use an address’s tries up do not lock out who is known there', async () => {
  const panel = await opened()
  for (let index = 0; index < 7; index++) await signIn(panel, 'a guess', HOME, `nobody${index}`)
  expect((await signIn(panel, 'a guess', HOME, 'nobody')).status).toBe(429)
  expect((await signIn(panel, administrator.password, HOME)).status).toBe(200)
})

it('a network is deleted in time, and with a new password', async () => {
  const panel = await opened()
  await newUser(panel, 'ann')
  await panel.call('PATCH /api/users/{user}', {
    path: '/api/users/ann',
    body: { password: 'given by the administrator' },
  })
  await besiege(panel, 'ann')
  expect((await signIn(panel, 'given by the administrator', '192.0.2.77', 'ann')).status).toBe(429)
  panel.ctx.db.sqlite.prepare("UPDATE kv SET value = json_set(value, '$.expiresAt', 1)").run()
  panel.ctx.db.sqlite.prepare("DELETE FROM counters WHERE key LIKE '%ann%'").run()
  await besiege(panel)
  expect((await signIn(panel, administrator.password, HOME)).status).toBe(429)
})

it('sessions that began before networks were remembered count', async () => {
  const panel = await opened()
  panel.ctx.db.sqlite.prepare("DELETE FROM kv WHERE key LIKE 'known-network:%'").run()
  await besiege(panel)
  expect((await signIn(panel, administrator.password, HOME)).status).toBe(200)
})

it('only who used tries up is written as failed: an owner who waits is not', async () => {
  const panel = await opened()
  const lines = authLog()
  await besiege(panel)
  for (let index = 0; index < 20; index++) await signIn(panel, administrator.password, '203.0.113.5')
  for (let index = 0; index < 8; index++) await signIn(panel, 'a guess', '198.51.100.200', `name${index}`)
  const of = (address: string) => lines().filter((line) => line.includes(` from ${address} `))
  expect(of('203.0.113.5')).toHaveLength(20)
  for (const line of of('203.0.113.5'))
    expect(line).toMatch(/sign-in waits for "admin" from 203\.0\.113\.5 \(name_tries_used_up\)$/)
  expect(of('198.51.100.200').map((line) => /sign-in (\w+) for .*\((\w+)\)/.exec(line)!.slice(1))).toEqual([
    ...Array<string[]>(5).fill(['failed', 'wrong_credentials']),
    ...Array<string[]>(3).fill(['failed', 'too_many_attempts']),
  ])
})

it('who uses up the tries at setting up is written as failed', async () => {
  const panel = await openPanel()
  await newSetupToken(panel.ctx)
  const lines = authLog()
  for (let index = 0; index < 7; index++)
    await panel.call('POST /api/setup', { body: { token: 'a guess', ...administrator } })
  expect(
    lines().filter((line) => /setup failed for "admin" from 192\.0\.2\.1 \(too_many_attempts\)$/.test(line)),
  ).toHaveLength(2)
})

it('strangers do not keep a person from confirming their password, whose own tries are five', async () => {
  const panel = await opened()
  await besiege(panel)
  const begin = (password: string) =>
    panel.call('POST /api/account/totp', { body: { password }, address: '203.0.113.5' })
  expect((await begin(administrator.password)).status).toBe(200)
  const codes = []
  for (let index = 0; index < 7; index++) codes.push((await begin('a guess')).status)
  expect(codes).toEqual([403, 403, 403, 403, 403, 429, 429])
  expect((await signIn(panel, administrator.password, HOME)).status, 'and these are no tries to sign in').toBe(200)
})

it('any number of challenges that strangers ask for push out nobody’s', () => {
  const mine = newChallenge('sign-in')
  const strangers = Array.from({ length: 5000 }, () => newChallenge('sign-in'))
  expect(takeChallenge(mine, 'passkey of ann')).toBe(false)
  expect([
    takeChallenge(mine, 'sign-in'),
    takeChallenge(mine, 'sign-in'),
    takeChallenge(strangers[0]!, 'sign-in'),
  ]).toEqual([true, false, true])
  expect(takeChallenge(newChallenge('sign-in', 0), 'sign-in', 6 * 60_000)).toBe(false)
  const forged = `${'A'.repeat(43)}${strangers[1]!.slice(43)}`
  expect([forged, '', 'AAAA', `${strangers[2]}AA`].map((one) => takeChallenge(one, 'sign-in'))).toEqual([
    false,
    false,
    false,
    false,
  ])
})

it('a person’s sessions and tokens share one limit over all functions, a network’s strangers another', async () => {
  const panel = await opened()
  const ann = await newUser(panel, 'ann')
  const tokens = await Promise.all(
    [1, 2, 3].map(() => newToken(panel, { scopes: ['sites:read', 'databases:read', 'jobs:read'] }, ann)),
  )
  const app = createApp(panel.ctx, manifest, (event) => event.req.headers.get('x-test-address') ?? HOME, {
    identity: 12,
    stranger: 6,
  })
  const ask = async (path: string, headers: Record<string, string>) =>
    (await app.fetch(new Request(`${origin}${path}`, { headers }))).status
  const paths = ['/api/sites', '/api/databases', '/api/jobs', '/api/dumps']
  const statuses = []
  for (const { headers } of tokens) for (const path of paths) statuses.push(await ask(path, headers))
  expect(statuses.filter((status) => status === 429)).toEqual([])
  for (const headers of [ann, tokens[0]!.headers, tokens[2]!.headers])
    expect(await ask('/api/certificates', headers)).toBe(429)
  expect(
    await ask('/api/sites', bearer((await newToken(panel, { scopes: ['sites:read'] })).secret)),
    'another person',
  ).toBe(200)

  const stranger = []
  for (const path of [
    '/api/setup',
    '/api/sites',
    '/api/session',
    '/api/users',
    '/api/setup',
    '/api/jobs',
    '/api/setup',
    '/api/sites',
  ]) {
    stranger.push(await ask(path, {}))
  }
  expect(stranger.map((status) => status === 429)).toEqual([...Array<boolean>(6).fill(false), true, true])
  expect(await ask('/api/setup', { 'x-test-address': '192.0.2.88' })).toBe(200)
  expect(await ask('/api/session', bearer('hp_guess')), 'a token that is none is a stranger’s').toBe(429)
  const { headers } = await signIn(panel, administrator.password, HOME)
  expect(
    await ask('/api/session', { cookie: headers.get('set-cookie')!.split(';')[0]! }),
    'strangers use up nobody’s',
  ).toBe(200)
})

it('dear functions have a limit of their own', async () => {
  const panel = await opened()
  const codes: (string | undefined)[] = []
  for (let index = 0; index < 62; index++) codes.push((await panel.call('GET /api/audit/verify')).body.code)
  expect(codes.filter((code) => code === 'too_many_requests')).toHaveLength(2)
  expect((await panel.call('GET /api/audit')).status).toBe(200)
})
