import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startAcme, type Acme } from '../../machine/certificates/_acme.ts'
import {
  certificateOf,
  deleteAttempts,
  mustIssue,
  renew,
  set,
  useAuthority,
  type Authority,
} from '../../machine/certificates/_authority.ts'
import { servedCertificate, visitors } from '../../machine/certificates/_visitors.ts'
import { api, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, deleteSite } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
let authority: Authority
/** Gives certificates for so few seconds that they are always due. */
let brief: Acme
const sites = ['short.test', 'long.test']

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  brief = await startAcme(machine, { port: 14200, validity: 45 })
  for (const domain of sites) {
    await create(panel, { domain, runtime: 'static' })
    await authority.dns.setA(domain, [machine.address])
  }
  await deleteAttempts(machine)
})
afterAll(async () => {
  for (const domain of sites) await deleteSite(panel, domain)
  await brief.stop()
  await authority.end()
})
beforeEach(() => showJournalOnFailure(machine))

const serialOf = async (domain: string) => (await servedCertificate(machine, domain)).serial
const from = (ca: Acme) => set(panel, { acme: { directory: ca.directory } })

it('renewal of a short certificate, under 200 visitors a second: nobody notices but by the serial number', async () => {
  await from(brief)
  await mustIssue(panel, 'short.test')
  await from(authority.ca)
  await mustIssue(panel, 'long.test')
  const [short, long] = [await serialOf('short.test'), await serialOf('long.test')]
  await from(brief)
  await new Promise((resolve) => setTimeout(resolve, 31_000))
  const crowd = visitors(machine, 'short.test', 200)
  const said = await renew(machine)
  const visits = await crowd.stop()
  expect(said).toContain('Renewed: short.test')
  expect([visits.failed, visits.first]).toEqual([0, undefined])
  expect(visits.answered).toBeGreaterThan(100)
  const now = await serialOf('short.test')
  expect([...visits.serials].sort()).toEqual([short, now].sort())
  expect(now).not.toBe(short)
  expect(await serialOf('long.test')).toBe(long)
  expect(
    (await certificateOf(panel, 'short.test')).attempts.map(({ kind, ok }: { kind: string; ok: boolean }) => [
      kind,
      ok,
    ]),
  ).toContainEqual(['renewal', true])
  await from(authority.ca)
  await mustIssue(panel, 'short.test')
}, 900_000)
