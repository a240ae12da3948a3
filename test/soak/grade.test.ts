import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { create, output, deleteSite, writeFile } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { mustIssue, set, useAuthority, type Authority } from '../machine/certificates/_authority.ts'

let machine: Machine
let panel: Api
let authority: Authority

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  await create(panel, { domain: 'grade.test', runtime: 'php' })
  await set(panel, { serverName: 'panel.grade.test' })
  for (const name of ['grade.test', 'panel.grade.test']) await authority.dns.setA(name, [machine.address])
  await mustIssue(panel, 'grade.test')
  await panel.patch('/sites/grade.test', { hsts: true })
  await mustIssue(panel, '@server')
  await writeFile(machine, '/root/root.pem', await authority.ca.root())
})
afterAll(async () => {
  await panel.patch('/sites/grade.test', { hsts: false })
  await deleteSite(panel, 'grade.test')
  await set(panel, { serverName: null })
  await authority.end()
})
beforeEach(() => showJournalOnFailure(machine))

interface Finding {
  id: string
  severity: string
  finding: string
}

/** Findings of testssl.sh worse than LOW. */
async function findings(address: string, ...checks: string[]): Promise<string[]> {
  const file = `/root/${address}.json`
  await output(machine, 'rm', '-f', file)
  await machine.sh(
    [
      'testssl',
      '--quiet',
      '--color',
      '0',
      '--warnings',
      'batch',
      '--add-ca',
      '/root/root.pem',
      '--ip',
      machine.address,
      '--jsonfile',
      file,
      ...checks,
      address,
    ],
    { timeout: 900 },
  )
  const all = JSON.parse(await output(machine, 'cat', file)) as Finding[]
  expect(all.find(({ id }) => id === 'scanTime')).toBeDefined()
  expect(all.length).toBeGreaterThan(checks.length > 0 ? 50 : 100)
  return all
    .filter(({ severity }) => ['MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'].includes(severity))
    .map(({ id, finding }) => `${id}: ${finding}`)
}

it('testssl.sh has nothing above LOW against a site and the panel, but that pages are compressed', async () => {
  // All that it looks for by itself but how it would seem to old programs, which it does not judge.
  const ofSite = await findings(
    'grade.test:443',
    '--std',
    '--fs',
    '--protocols',
    '--server-preference',
    '--server-defaults',
    '--headers',
    '--vulnerable',
  )
  // The two share their TLS; what differs is looked at: the certificate, the headers, and compression.
  const ofPanel = await findings(
    'panel.grade.test:8080',
    '--protocols',
    '--server-preference',
    '--server-defaults',
    '--headers',
    '--breach',
  )
  expect(ofPanel).toEqual([])
  // Compressing pages costs a page that repeats what it was sent beside a secret of its own (BREACH), and spares every
  // visitor most of each page. Frameworks mask such secrets; the panel's cookie goes with no request of another site's.
  expect(ofSite).toEqual([expect.stringMatching(/^BREACH: /)])
}, 1_800_000)
