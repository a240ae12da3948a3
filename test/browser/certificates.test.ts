import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  deleteAttempts,
  mustIssue,
  set,
  sql,
  useAuthority,
  type Authority,
} from '../machine/certificates/_authority.ts'
import { inside } from '../machine/certificates/_service.ts'
import { servedCertificate } from '../machine/certificates/_visitors.ts'
import { api, site, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const domain = 'bakery.test'
const own = `/sites/${domain}/certificate`
const serverName = 'panel-name.test'
/** Two tries with the authority, its staging server among them, on a machine that others use too (ms). */
const ISSUE_TIMEOUT_MS = 90_000
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
  expect((await panel.post('/sites', { domain, runtime: 'static', aliases: [`www.${domain}`] })).status).toBe(201)
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

const press = (name: string, within: Page | Locator = page) => within.getByRole('button', { name, exact: true }).click()
const badge = (state: string) =>
  page.getByLabel('State').locator('.badge', { hasText: state }).first().waitFor({ timeout: ISSUE_TIMEOUT_MS })
const text = (words: string, within: Page | Locator = page) => within.getByText(words).first().waitFor()
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

it('names the cause when a domain does not lead here, and what to do', async () => {
  await page.goto(`/sites/${domain}`)
  await text('none yet:')
  await page.getByRole('link', { name: 'Certificate', exact: true }).click()
  await badge('none')
  expect(await page.getByLabel('Tell browsers to use only https').isDisabled()).toBe(true)
  await press('Get a certificate')
  await text(`${domain} has no address in the DNS. Add an A record`, page.getByLabel('State'))
  await text('0 succeeded and 1 failed')
  expect(await page.getByLabel('Tries of the last week').getByRole('listitem').count()).toBe(1)
})

it('gets a certificate with one button, step by step, and the site answers by https', async () => {
  for (const name of [domain, `www.${domain}`]) await authority.dns.setA(name, [machine.address])
  await press('Get a certificate')
  await page.getByRole('progressbar').waitFor()
  await badge('valid')
  await text('Checking that it answers')
  await text('89 days left')
  await page.getByLabel('Names it covers').getByText(`www.${domain}`).waitFor()
  await text('It renews itself on')
  await page.getByRole('button', { name: 'Renew now' }).waitFor()
  expect((await servedCertificate(machine, domain)).subjectAltName).toContain(`DNS:www.${domain}`)
  expect((await site(machine, domain, '/', { scheme: 'https' })).status).toBe(200)
})

it('sends visitors to https, and keeps a certificate that browsers insist on', async () => {
  const hsts = async () => (await site(machine, domain, '/', { scheme: 'https' })).headers['strict-transport-security']
  expect((await site(machine, domain)).status).toBe(301)
  await page.getByLabel('Send visitors from http to https').uncheck()
  await page.getByLabel('Tell browsers to use only https').check()
  await press('Save')
  await text('Saved and live')
  expect([(await site(machine, domain)).status, await hsts()]).toEqual([200, 'max-age=31536000'])
  await press('Remove the certificate')
  const dialog = page.getByRole('dialog')
  await press('Remove', dialog)
  await text('Turn HSTS off first', dialog)
  await press('Keep it', dialog)
  await page.getByLabel('Send visitors from http to https').check()
  await page.getByLabel('Tell browsers to use only https').uncheck()
  await press('Save')
  await expect
    .poll(async () => (await panel.get(`/sites/${domain}`)).body)
    .toMatchObject({ httpsRedirect: true, hsts: false })
})

it('lets names be chosen, and asks for DNS when one of them is a wildcard', async () => {
  await page.getByText('Choose names, wildcard, DNS, key').click()
  await page.getByLabel('Only these').check()
  await page.getByLabel(`*.${domain}`, { exact: true }).check()
  await expect.poll(() => page.getByLabel('Proof for the authority').inputValue()).toBe('dns-01')
  await page
    .getByLabel('DNS provider')
    .locator('option:disabled', { hasText: 'Cloudflare (not set up)' })
    .waitFor({ state: 'attached' })
  await press('Renew now')
  await text('Name the DNS provider', page.getByRole('alert'))
  await page.getByRole('link', { name: 'Set a DNS provider up' }).waitFor()
})

it('says that a certificate by http leaves a wildcard alias out', async () => {
  const aliases = [`www.${domain}`, `*.${domain}`]
  expect((await panel.patch(`/sites/${domain}`, { aliases })).status).toBe(200)
  await page.reload()
  await text(`Not covered; visitors of these names get a warning or plain http: *.${domain}`)
  await page.getByText('Choose names, wildcard, DNS, key').click()
  await text(`Without *.${domain}: a wildcard needs a proof by DNS.`)
  await page.getByLabel('Proof for the authority').selectOption('dns-01')
  await expect.poll(() => page.getByText(`Without *.${domain}`).count()).toBe(0)
})

it('says at its field what is wrong with one’s own certificate, and warns of a private authority’s', async () => {
  const [certificate, key, other] = (
    await inside(machine, [
      'sh',
      '-ec',
      `cd "$(mktemp -d)"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -keyout key -out certificate \\
      -subj /CN=${domain} -addext basicConstraints=CA:FALSE \\
      -addext subjectAltName=DNS:${domain},DNS:www.${domain} 2>/dev/null
    openssl ecparam -name prime256v1 -genkey -noout -out other
    cat certificate; echo ,; cat key; echo ,; cat other; rm -r "$PWD"`,
    ])
  ).split(',\n')
  await page.getByText('Use a certificate of your own').click()
  await page.getByLabel('Certificate', { exact: true }).fill(certificate!)
  await page.getByLabel('Private key').fill(other!)
  await press('Check and use it')
  await text('The key does not belong to the certificate')
  await expect.poll(() => page.getByLabel('Private key').getAttribute('aria-invalid')).toBe('true')
  await page.getByLabel('Private key').fill(key!)
  await press('Check and use it')
  await text('Browsers do not know the authority', page.getByRole('region', { name: 'State' }))
  await mustIssue(panel, domain)
})

it('shows on the site’s page how its https is', async () => {
  await page.goto(`/sites/${domain}`)
  await text('89 days left')
  await text('the certificate is renewed for them')
  expect(await page.getByRole('link', { name: 'Open the site' }).getAttribute('href')).toBe(`https://${domain}/`)
})

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

it.each([own, '/certificates', '/dns-providers', '/server', '/sites'])(
  '%s fits on a phone, in the dark',
  async (path) => {
    await page.setViewportSize({ width: 390, height: 800 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(path)
    await page.locator('h1').waitFor()
    await page.waitForLoadState('networkidle')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  },
)

it('removes a certificate only when told so twice, and breaks none of its own rules', async () => {
  await page.goto(own)
  await press('Remove the certificate')
  await press('Remove', page.getByRole('dialog'))
  await badge('none')
  await expect
    .poll(() =>
      servedCertificate(machine, domain).then(
        () => 'served',
        () => 'none',
      ),
    )
    .toBe('none')
  expect(admin.heard).toEqual([])
})
