import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { putCache, script } from '../../machine/cache/_cache.ts'
import {
  certificateOf,
  deleteAttempts,
  mustIssue,
  renew,
  sql,
  useAuthority,
} from '../../machine/certificates/_authority.ts'
import type { Authority } from '../../machine/certificates/_authority.ts'
import { createDatabase, ended } from '../../machine/databases/_helpers.ts'
import { administrator, api, client, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, deleteSite, output } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'
import { fakeClock, runHooks, type FakeClock } from './_clock.ts'

let machine: Machine
let panel: Api
let authority: Authority
let clock: FakeClock
const [lasting, deleted, paged] = ['lasting.test', 'deleted.test', 'paged.test']
/** Paths of what is to be kept: entries of the trash, and dumps. */
const kept: string[] = []

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  await create(panel, { domain: lasting, runtime: 'static' })
  await authority.dns.setA(lasting, [machine.address])
  await deleteAttempts(machine)
  await mustIssue(panel, lasting)
  clock = await fakeClock(machine, panel)
}, 240_000)
afterAll(async () => {
  await clock?.end()
  await deleteSite(panel, lasting)
  await sql(machine, 'DELETE FROM counters')
  await output(machine, 'sh', '-c', 'rm -rf /var/www/.trash/*-deleted.test')
  for (const { id } of (await panel.get('/dumps')).body as { id: string }[]) await panel.delete(`/dumps/${id}`)
  await authority?.end()
})
beforeEach(() => showJournalOnFailure(machine))

/** Deletes a site and a database, which leave something for 30 days. */
async function deleteThings(): Promise<void> {
  await create(panel, { domain: deleted, runtime: 'static' })
  const { body } = await panel.delete(`/sites/${deleted}`)
  kept.push(body.trash as string)
  await createDatabase(panel, 'gone')
  await ended(panel, 'DELETE', '/databases/gone')
  const [dump] = (await panel.get('/dumps')).body as { id: string }[]
  kept.push(`/var/lib/hosting-panel-dumps/${dump!.id}`)
}

/** Tries to sign in from another address than that of the tests. */
const wrongly = async () => {
  const headers = ['-H', 'origin: https://localhost:8080', '-H', 'content-type: application/json']
  const input = JSON.stringify({ username: 'stranger', password: 'wrong' })
  const answer = await output(machine, 'curl', '-sk', ...headers, '-d', input, 'https://localhost:8080/api/session')
  return JSON.parse(answer) as { code: string; message: string }
}

/** Signs in anew, and answers the panel as that session sees it. */
async function signIn(): Promise<Api> {
  const { headers } = await client(machine).post('/session', administrator)
  return client(machine, headers['set-cookie']!.find((value) => value.startsWith('__Host-'))!.split(';')[0])
}

const alerts = async (as = panel) => ((await as.get('/alerts')).body.alerts as { key: string }[]).map(({ key }) => key)

/** When each timer of the panel runs next, in days from now. */
const daysToTimers = async (): Promise<number[]> => {
  const script =
    "TZ=UTC systemctl show 'hosting-panel-*.timer' --property=NextElapseUSecRealtime --value | sed '/^$/d' | " +
    'while read -r at; do echo $(( ($(date -d "$at" +%s) - $(date +%s)) / 86400 )); done'
  return (await output(machine, 'sh', '-c', script)).split('\n').map(Number)
}

it.each([400, -1])(
  'a clock that is %d days ahead, and then right, leaves nothing',
  { timeout: 400_000 },
  async (days) => {
    await deleteThings()
    await runHooks(machine)
    const { certificates } = await authority.ca.asked()
    await clock.set(days)
    await runHooks(machine)
    await runHooks(machine)
    for (let count = 0; count < 6; count++) await wrongly()
    expect((await wrongly()).code).toBe('too_many_attempts')
    // Who is signed out by a clock that is ahead signs in again.
    expect(await alerts(await signIn())).toContain('clock:jump')
    expect((await authority.ca.asked()).certificates).toBe(certificates)

    await clock.set(0)
    await runHooks(machine)
    expect((await panel.get('/session')).status, 'the session of before').toBe(200)
    expect((await (await signIn()).get('/session')).status).toBe(200)
    const [, seconds] = /in (\d+) seconds/.exec((await wrongly()).message) ?? []
    expect(Number(seconds ?? 0)).toBeLessThanOrEqual(300)
    for (const path of kept) await output(machine, 'ls', path)
    expect(await certificateOf(panel, lasting)).toMatchObject({ state: 'valid', nextTryAt: null, problem: null })
    expect((await panel.get('/drift')).body.changes).toEqual([])
    expect(Math.max(...(await daysToTimers()))).toBeLessThan(2)
    await expect.poll(() => alerts(), { timeout: 150_000 }).toEqual([])
  },
)

it('a certificate that is due afterwards is renewed', { timeout: 120_000 }, async () => {
  const [began, soon] = [-85, 5].map((days) => new Date(Date.now() + days * 86_400_000).toISOString())
  await sql(
    machine,
    `UPDATE certificates SET facts = json_set(facts, '$.notBefore', '${began}', '$.notAfter', '${soon}')`,
  )
  expect(await renew(machine)).toContain(`Renewed: ${lasting}`)
})

it('a ban of a time that is still to come ends once the clock was set back', { timeout: 240_000 }, async () => {
  const address = '203.0.113.77'
  const banned = async () => ((await panel.get('/bans')).body.bans as { address: string }[]).map((ban) => ban.address)
  expect((await panel.post('/bans', { address })).status).toBe(201)
  const later = `UPDATE bips SET timeofban = timeofban + 34560000 WHERE ip = '${address}'`
  await output(
    machine,
    'python3',
    '-c',
    `import sqlite3; d = sqlite3.connect('/var/lib/fail2ban/fail2ban.sqlite3'); d.execute("${later}"); d.commit()`,
  )
  await clock.set(0.25)
  expect(await banned()).toContain(address)
  await clock.set(0)
  await expect.poll(banned, { timeout: 90_000 }).not.toContain(address)
})

it('pages that nginx keeps are made anew once the clock was set back', { timeout: 240_000 }, async () => {
  onTestFinished(() => void deleteSite(panel, paged))
  await create(panel, { domain: paged, runtime: 'php' })
  await script(machine, paged, 'index.php', 'echo bin2hex(random_bytes(8));')
  expect((await putCache(panel, paged, { page: { minutes: 60 } })).status).toBe(200)
  const text = async () => (await site(machine, paged)).body
  const first = await text()
  expect(await text()).toBe(first)
  await clock.set(0.25)
  expect(await text()).toBe(first)
  await clock.set(0)
  await expect.poll(text, { timeout: 90_000 }).not.toBe(first)
})

it('a self-signed certificate that is not valid yet is made anew', async () => {
  const tls = '/etc/hosting-panel/tls/panel'
  const ahead = `faketime -f +400d openssl req -x509 -key ${tls}.key -out ${tls}.crt -days 825 -subj /CN=x \
    -addext "subjectAltName=DNS:$(hostname),IP:${machine.address}" 2>&1`
  const repair = () => output(machine, '/usr/lib/hosting-panel/repair-certificates', 'self-signed')
  await output(machine, 'sh', '-c', ahead)
  expect(await repair()).toContain('made the server')
  expect(await repair()).toBe('')
  await output(machine, 'systemctl', 'reload', 'nginx')
})
