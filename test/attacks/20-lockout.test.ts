import { afterAll, beforeAll, expect, it } from 'vitest'
import { panelUrl, type Api } from '../machine/http.ts'
import { stranger, type Stranger } from '../machine/stranger.ts'
import { deleteCounters, newUser, node, output, target, type Target } from './_attack.ts'

let on: Target
/** The owner at home and on a journey, who besieges the account, and who only shows that Fail2ban works. */
let people: Record<'home' | 'away' | 'attacker' | 'helper' | 'control', Stranger>
/**
 * An account that was signed in to from nowhere yet, and whose row of refusals nobody filled, also when this runs
 * again.
 */
const owner = `owner${Date.now()}`
let owners: Api & { password: string }
beforeAll(async () => {
  on = await target()
  const [home, away, attacker, helper, control] = await Promise.all(
    [61, 62, 63, 64, 65].map((which) => stranger(on.machine, which)),
  )
  people = { home: home!, away: away!, attacker: attacker!, helper: helper!, control: control! }
  owners = { ...(await newUser(on, owner)), password: 'a password for an attack' }
  await deleteCounters(on.machine)
}, 300_000)
afterAll(async () => {
  for (const { address, leave } of Object.values(people)) {
    await on.panel.delete(`/bans/${address}`)
    await leave()
  }
  await on.panel.delete('/sites/own.test?purge=true')
  await on.panel.delete(`/users/${owner}`)
})

const signIn = (who: Stranger, username: string, password: string) =>
  who.request(`${panelUrl(on.machine)}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: panelUrl(on.machine) },
    body: JSON.stringify({ username, password }),
  })
const asOwner = (who: Stranger) => signIn(who, owner, owners.password)
const bannedAddresses = async () =>
  ((await on.panel.get('/bans')).body.bans as { address: string }[]).map(({ address }) => address)
const linesFrom = async ({ address }: Stranger) =>
  (await output(on.machine, 'cat', '/var/log/hosting-panel/auth.log'))
    .split('\n')
    .filter((line) => line.includes(`"${owner}" from ${address} `))

/** Fail2ban has read the log up to here: a line that comes now has banned its own. */
async function readUpToNow({ control }: typeof people): Promise<void> {
  for (let index = 0; index < 5; index++) await signIn(control, `nobody${index}`, 'wrong')
  await expect.poll(() => bannedAddresses(), { timeout: 120_000, interval: 1000 }).toContain(control.address)
}

it('who besieges an account is banned; its owner gets in at home, waits elsewhere, and is banned nowhere', async () => {
  expect(await asOwner(people.home), 'the owner was here before').toBe(200)
  const guesses: number[] = []
  // Two, as a ban may come before the fifth.
  for (const who of [people.attacker, people.helper])
    for (let index = 0; index < 6; index++) guesses.push(await signIn(who, owner, 'wrong'))
  expect(guesses.filter((status) => status === 401)).toHaveLength(5)

  const waits: number[] = []
  for (let index = 0; index < 10; index++) waits.push(await asOwner(people.away))
  expect(new Set(waits), 'twice as many as Fail2ban forgives').toEqual(new Set([429]))
  expect(await asOwner(people.home)).toBe(200)

  await readUpToNow(people)
  const banned = await bannedAddresses()
  expect(banned).toEqual(expect.arrayContaining([people.attacker.address, people.control.address]))
  expect(banned).not.toContain(people.away.address)
  expect(banned).not.toContain(people.home.address)
  expect(await people.away.request(`${panelUrl(on.machine)}/api/health`)).toBe(200)
  expect((await linesFrom(people.away)).filter((line) => line.includes('failed'))).toEqual([])
  expect((await linesFrom(people.away)).length, 'they are on record all the same').toBeGreaterThanOrEqual(10)
}, 300_000)

it('a session goes on, and confirms its password, while its account is besieged', async () => {
  expect((await owners.get('/session')).status).toBe(200)
  expect(
    (await owners.post('/account/passkeys/options', { password: owners.password })).body.code,
    'no wrong password and no wait',
  ).toBe('passkeys_need_a_name')
  expect((await owners.post('/account/recovery-codes', { password: owners.password })).body.code).toBe('totp_off')
  expect(
    (await owners.post('/account/recovery-codes', { password: 'wrong' })).body.code,
    'a wrong one is seen (control)',
  ).toBe('wrong_password')
})

const measure =
  'const db = ' +
  "require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db', { " +
  'readonly: true })\n' +
  "console.log(db.prepare('SELECT sum(length(details) + coalesce(length(before), 0) + coalesce(length(after), " +
  "0)) AS n FROM audit').get().n)"

it('a flood of large refusals leaves less than a megabyte on record, and the chain is whole', async () => {
  expect((await on.panel.post('/sites', { domain: 'own.test', runtime: 'static', owner })).status).toBe(201)
  const bytes = async () => Number(await node(on.machine, measure))
  const body = {
    phpSettings: {},
    aliases: Array.from(
      { length: 100 },
      (_, index) => `${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(50)}.a${index}.test`,
    ),
  }
  const before = await bytes()
  const calls = 300
  for (let sent = 0; sent < calls; sent += 10) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => owners.patch('/sites/own.test', body)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([422]))
  }
  const left = (await bytes()) - before
  expect(left, 'they are on record').toBeGreaterThan(1_000)
  expect(left, 'of what was sent').toBeLessThan((JSON.stringify(body).length * calls) / 6)
  expect((await on.panel.get('/audit/verify')).body).toEqual({ intact: true, broken: null })
}, 180_000)
