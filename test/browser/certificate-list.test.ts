import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  deleteAttempts,
  mustIssue,
  set,
  sql,
  useAuthority,
  type Authority,
} from '../machine/certificates/_authority.ts'
import { servedCertificate } from '../machine/certificates/_visitors.ts'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'
import { fitsOnPhone, onPage } from './_certificates.ts'

const domain = 'bakery.test'
const own = `/sites/${domain}/certificate`
const serverName = 'panel-name.test'
let machine: Machine
let panel: Api
let authority: Authority
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  await deleteAttempts(machine)
  await panel.delete('/dns-providers/cloudflare')
  expect((await panel.post('/sites', { domain, runtime: 'static' })).status).toBe(201)
  await authority.dns.setA(domain, [machine.address])
  await mustIssue(panel, domain)
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await sql(machine, "DELETE FROM alerts WHERE key LIKE 'test:%'")
  await panel.delete(`/sites/${domain}?purge=true`)
  await panel.delete('/settings/certificate')
  await set(panel, { serverName: null })
  await authority?.end()
  await admin?.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const { press, badge, text } = onPage(() => page)
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

it('has the panel’s own certificate on the Server page, once the server has a name', async () => {
  await authority.dns.setA(serverName, [machine.address])
  await page.goto('/server')
  const settings = page.getByLabel('Settings', { exact: true })
  await text('Give the server a name in the settings')
  await page.getByText('Certificate authority').click()
  await page.getByLabel('ACME directory', { exact: true }).fill('http://wrong')
  await press('Save', settings)
  await text('Write the https:// address')
  await page.getByLabel('ACME directory', { exact: true }).fill(authority.ca.directory)
  await page.getByLabel('Server name').fill(serverName)
  await press('Save', settings)
  await press('Get a certificate')
  await badge('valid')
  expect((await servedCertificate(machine, serverName, 8080)).subjectAltName).toBe(`DNS:${serverName}`)
  expect((await panel.get('/settings')).body.acme).toMatchObject({
    directory: authority.ca.directory,
    stagingDirectory: authority.staging.directory,
  })
})

it('lists all certificates, what hurts first', async () => {
  const rows = page.getByRole('list', { name: 'Certificates' }).getByRole('listitem')
  await sql(
    machine,
    `UPDATE certificates SET problem = 'It could not be renewed', facts = json_set(facts, '$.notBefore', ` +
      `'${day(-85)}', '$.notAfter', '${day(5.5)}') WHERE subject = '${domain}'`,
  )
  await page.goto('/sites')
  await page.getByRole('link', { name: 'Certificates' }).click()
  await text('5 days left', rows.first())
  await text('It could not be renewed', rows.first())
  await page.getByLabel('Search certificates').fill(serverName)
  await expect.poll(() => rows.count()).toBe(1)
  await text('89 days left', rows.first())
  await page.getByLabel('Search certificates').fill('bakery')
  await rows.getByRole('link').click()
  await badge('expiring')
})

it('begins with what needs attention, the critical first', async () => {
  for (const [key, severity, about] of [
    ['test:server', 'warning', 'NULL'],
    ['certificate:test', 'critical', `'${domain}'`],
  ]) {
    await sql(
      machine,
      `INSERT INTO alerts (key, site, severity, message, since) VALUES ('${key}', ${about}, '${severity}', ` +
        `'Look at this ${key}', '${day(-1)}')`,
    )
  }
  await page.goto('/sites')
  const alerts = page
    .getByRole('list', { name: 'Needs attention' })
    .getByRole('listitem')
    .filter({ hasText: 'Look at this' })
  await text('Critical Look at this certificate:test', alerts.first())
  await text('Warning Look at this test:server', alerts.last())
  expect(await alerts.last().getByRole('link').getAttribute('href')).toBe('/server')
  await page
    .getByRole('list', { name: 'Sites' })
    .getByRole('listitem')
    .filter({ hasText: domain })
    .getByText('https', { exact: true })
    .waitFor()
  await alerts.first().getByRole('link').click()
  await page.waitForURL(`**${own}`)
})

it('takes credentials for a DNS provider, and says at the field what is wrong with them', async () => {
  await page.goto('/dns-providers')
  await page.getByRole('button', { name: 'Set up Cloudflare' }).click()
  const token = page.getByLabel('API token that may edit')
  expect([await token.getAttribute('type'), await token.getAttribute('autocomplete')]).toEqual(['password', 'off'])
  await token.fill('not a token')
  await press('Save')
  await text('Paste the token alone', page.getByRole('alert'))
  await expect.poll(() => token.getAttribute('aria-invalid')).toBe('true')
  await press('Cancel')
  expect(await token.count()).toBe(0)
})

it.each(['/certificates', '/dns-providers', '/server', '/sites'])('%s fits on a phone, in the dark', async (path) => {
  await fitsOnPhone(page, path)
  expect(admin.heard).toEqual([])
})
