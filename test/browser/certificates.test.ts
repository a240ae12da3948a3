import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteAttempts, mustIssue, useAuthority, type Authority } from '../machine/certificates/_authority.ts'
import { inside } from '../machine/certificates/_service.ts'
import { servedCertificate } from '../machine/certificates/_visitors.ts'
import { api, site, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'
import { fitsOnPhone, onPage } from './_certificates.ts'

const domain = 'bakery.test'
const own = `/sites/${domain}/certificate`
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
  await panel.delete(`/sites/${domain}?purge=true`)
  await authority?.end()
  await admin?.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const { press, badge, text } = onPage(() => page)

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

it.each([own])('%s fits on a phone, in the dark', (path) => fitsOnPhone(page, path))

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
