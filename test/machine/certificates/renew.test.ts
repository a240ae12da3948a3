import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import {
  certificateOf,
  deleteAttempts,
  resetFailed,
  mustIssue,
  renew,
  request,
  sql,
  useAuthority,
  type Authority,
} from './_authority.ts'
import { servedCertificate } from './_visitors.ts'

let machine: Machine
let panel: Api
let authority: Authority
const sites = ['long.test', 'moved.test', 'gone.test']

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  for (const domain of sites) {
    await create(panel, { domain, runtime: 'static', aliases: [`www.${domain}`] })
    for (const name of [domain, `www.${domain}`]) await authority.dns.setA(name, [machine.address])
  }
  await mustIssue(panel, 'long.test')
  await mustIssue(panel, 'moved.test')
})
afterAll(async () => {
  for (const domain of sites) await deleteSite(panel, domain)
  await authority.end()
})
beforeEach(async () => {
  showJournalOnFailure(machine)
  await deleteAttempts(machine)
  await resetFailed(machine)
})

const alerts = async (): Promise<{ site: string; severity: string; message: string }[]> =>
  (await panel.get('/alerts')).body.alerts
/** As if most of a certificate's life were over. */
const age = (domain: string) =>
  sql(
    machine,
    `UPDATE certificates SET facts = json_set(facts, '$.notBefore', '2026-01-01T00:00:00.000Z', '$.notAfter', ` +
      `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+20 days')) WHERE subject = '${domain}'`,
  )

describe('renewal', () => {
  it('leaves what is not due alone, and the authority in peace', async () => {
    const before = await authority.ca.asked()
    expect(await renew(machine)).toContain('Nothing was renewed')
    expect(await authority.ca.asked()).toEqual(before)
  })

  itInSoak('of one that fails holds up no other, is tried again later, and is told of', async () => {
    await age('moved.test')
    await age('long.test')
    await authority.dns.setA('moved.test', ['192.0.2.7'])
    const before = await authority.ca.asked()
    const said = await renew(machine)
    expect(said).toContain('Renewed: long.test')
    expect(said).toContain('moved.test: A points to 192.0.2.7, which is not this server')
    expect((await authority.ca.asked()).orders).toBe(before.orders + 1)
    const { problem, nextTryAt, state } = await certificateOf(panel, 'moved.test')
    expect([problem, state]).toEqual([expect.stringContaining('192.0.2.7'), 'due'])
    expect(Date.parse(nextTryAt) - Date.now()).toBeGreaterThan(5 * 3_600_000)
    expect(await alerts()).toContainEqual(
      expect.objectContaining({
        site: 'moved.test',
        severity: 'warning',
        message: expect.stringContaining('no authority is asked until that is repaired'),
      }),
    )
    expect(await renew(machine)).toContain('Nothing was renewed')
    await authority.dns.setA('moved.test', [machine.address])
    await resetFailed(machine)
    expect(await renew(machine)).toContain('Renewed: moved.test')
    expect(await alerts()).toEqual([])
  })

  it('leaves an alias out that leads elsewhere, says so, and takes it in again', async () => {
    await age('moved.test')
    await authority.dns.setA('www.moved.test', ['192.0.2.8'])
    expect(await renew(machine)).toContain('Renewed: moved.test')
    expect((await servedCertificate(machine, 'moved.test')).subjectAltName).toBe('DNS:moved.test')
    await renew(machine)
    expect(await alerts()).toEqual([
      expect.objectContaining({
        site: 'moved.test',
        message: expect.stringMatching(/does not cover www\.moved\.test.*192\.0\.2\.8/s),
      }),
    ])
    expect(await certificateOf(panel, 'moved.test')).toMatchObject({ missingNames: ['www.moved.test'] })
    expect((await site(machine, 'www.moved.test')).status).toBe(200)
    await authority.dns.setA('www.moved.test', [machine.address])
    await resetFailed(machine)
    expect(await renew(machine)).toContain('Renewed: moved.test')
    expect((await servedCertificate(machine, 'www.moved.test')).subjectAltName).toBe(
      'DNS:moved.test, DNS:www.moved.test',
    )
    expect(await alerts()).toEqual([])
  })

  itInSoak('takes an alias in that led elsewhere when the certificate was had', async () => {
    await create(panel, { domain: 'first.test', runtime: 'static', aliases: ['gone.first.test'] })
    await authority.dns.setA('first.test', [machine.address])
    await authority.dns.setA('gone.first.test', ['192.0.2.9'])
    expect(await request(panel, 'first.test')).toMatchObject({ state: 'done', error: null })
    expect((await servedCertificate(machine, 'first.test')).subjectAltName).toBe('DNS:first.test')
    expect(await certificateOf(panel, 'first.test')).toMatchObject({
      missingNames: ['gone.first.test'],
      problem: expect.stringContaining('192.0.2.9'),
    })
    expect((await site(machine, 'gone.first.test')).status).toBe(200)
    await authority.dns.setA('gone.first.test', [machine.address])
    await resetFailed(machine)
    expect(await renew(machine)).toContain('Renewed: first.test')
    expect((await servedCertificate(machine, 'gone.first.test')).subjectAltName).toBe(
      'DNS:first.test, DNS:gone.first.test',
    )
    await deleteSite(panel, 'first.test')
  })

  it('of what came for a site after it had gone is its end', async () => {
    const places = ['gone-long.test', 'gone-now.test'].map((name) => `/etc/hosting-panel/certificates/${name}`)
    await output(machine, 'mkdir', '-p', ...places.map((place) => `${place}/${'0'.repeat(32)}`))
    await output(machine, 'touch', '-d', '2 days ago', places[0]!)
    await renew(machine)
    const left = await output(machine, 'ls', '/etc/hosting-panel/certificates')
    expect([left.includes('gone-long.test'), left.includes('gone-now.test')]).toEqual([false, true])
    expect(left.split('\n')).toEqual(expect.arrayContaining(['long.test', 'moved.test']))
    await output(machine, 'rm', '-r', places[1]!)
  })

  it('ends with its site', async () => {
    await mustIssue(panel, 'gone.test')
    await age('gone.test')
    await deleteSite(panel, 'gone.test')
    const before = await authority.ca.asked()
    expect(await renew(machine)).toContain('Nothing was renewed')
    expect(await authority.ca.asked()).toEqual(before)
    expect(await output(machine, 'ls', '/etc/hosting-panel/certificates')).not.toContain('gone.test')
  })

  it('keeps below the authority’s limits by itself', async () => {
    for (let round = 0; round < 5; round++)
      await sql(
        machine,
        `INSERT INTO certificate_attempts (subject, at, kind, names, asked, ok) VALUES ('long.test', ` +
          `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-6 days'), 'request', '["long.test","www.long.test"]', 1, 1)`,
      )
    const before = await authority.ca.asked()
    const job = await request(panel, 'long.test')
    expect(job.error).toMatchObject({
      code: 'certificate_limit',
      message: expect.stringMatching(
        /^There were 5 certificates for the same names in the last seven days.*Try again after 20/,
      ),
    })
    expect(await authority.ca.asked()).toEqual(before)
  })

  it('runs twice a day, at a time of its own', async () => {
    const timer = await output(
      machine,
      'systemctl',
      'show',
      'hosting-panel-renew-certificates.timer',
      '--property=ActiveState,RandomizedDelayUSec,Persistent',
    )
    expect(timer.split('\n').sort()).toEqual(['ActiveState=active', 'Persistent=yes', 'RandomizedDelayUSec=6h'])
    expect(await output(machine, 'systemctl', 'cat', 'hosting-panel-renew-certificates.timer')).toContain('*-*-* 14:00')
  })
})
