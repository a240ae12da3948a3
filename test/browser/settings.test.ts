import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const domain = 'web-settings.test'
const next = 'other-settings.test'
let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  for (const name of [domain, next]) await panel.delete(`/sites/${name}?purge=true`)
  await panel.post('/sites', { domain, runtime: 'static' })
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  for (const name of [domain, next]) await panel.delete(`/sites/${name}?purge=true`)
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const card = (name: string) => page.getByRole('form', { name, exact: true })
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()
const status = async (path: string, headers = {}) => (await site(machine, domain, path, { headers })).status
const save = (name: string) => card(name).getByRole('button', { name: 'Save', exact: true })
async function saved(name: string): Promise<void> {
  await save(name).click()
  await expect.poll(() => save(name).isDisabled()).toBe(true)
}

it('sets the document root, and says at the field what is wrong', async () => {
  await page.goto(`/sites/${domain}`)
  await page.getByRole('link', { name: 'Web settings', exact: true }).click()
  const folder = page.getByLabel(`Folder in /var/www/${domain}`)
  await folder.fill('../etc')
  await page.keyboard.press('Enter')
  await text('Write a folder of the site such as public')
  await folder.fill('project/public')
  await saved('Document root')
  const { body } = await panel.get(`/sites/${domain}`)
  expect([body.documentRoot, await output(machine, 'test', '-d', body.root)]).toEqual(['project/public', ''])
  await output(
    machine,
    'sh',
    '-c',
    `cd ${body.root} && echo the app > index.html && chown ${body.user}:${body.user} index.html`,
  )
  expect((await site(machine, domain, '/')).body).toBe('the app\n')
})

it('sets the page of a single-page app; what is typed elsewhere stays', async () => {
  await page.getByLabel('Status and page').fill('404 /half')
  await page.getByLabel('Fallback page (single-page app)').fill('/index.html')
  await saved('Addresses of pages')
  expect(await page.getByLabel('Status and page').inputValue()).toBe('404 /half')
  expect([await status('/any/where'), await status('/missing.js')]).toEqual([200, 404])
  await page.getByLabel('Status and page').fill('')
})

it('imports redirects from a file, and names the line that is none', async () => {
  const list = (name: string, content: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(content) })
  await page
    .getByLabel('Import a list from a file')
    .setInputFiles(list('a.csv', 'From,To,Status\n/old,/new,302\nnonsense\n'))
  await save('Redirects').click()
  await text('Line 3 is not a redirect')
  await page.getByLabel(/^List/).fill('/old /new 302\n/tree/* /wood/*')
  await saved('Redirects')
  await text('List (2 redirects)')
  const { status: code, headers } = await site(machine, domain, '/tree/x')
  expect([code, headers.location, await status('/old')]).toEqual([301, `http://${domain}/wood/x`, 302])
})

it('protects a path with the keyboard alone; a password is never shown again', async () => {
  await page.getByRole('button', { name: 'Protect a path' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('Path', { exact: true }).fill('/private')
  await page.getByLabel('User name').fill('ann')
  await page.getByLabel('Password', { exact: true }).fill('correct horse')
  await page.keyboard.press('Enter')
  await expect.poll(() => save('Password protection').isDisabled()).toBe(true)
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('')
  const authorization = `Basic ${Buffer.from('ann:correct horse').toString('base64')}`
  expect([await status('/private/x'), await status('/private/x', { authorization }), await status('/')]).toEqual([
    401, 200, 200,
  ])
})

it('turns the maintenance page on and off', async () => {
  await page.getByLabel('Show the maintenance page').check()
  await saved('Maintenance')
  expect(await status('/')).toBe(503)
  await page.getByLabel('Show the maintenance page').uncheck()
  await saved('Maintenance')
  expect(await status('/')).toBe(200)
})

it('names a .htaccess, and takes over what it denies', async () => {
  const { root, user } = (await panel.get(`/sites/${domain}`)).body
  await output(
    machine,
    'sh',
    '-c',
    `mkdir ${root}/data && echo Require all denied > ${root}/data/.htaccess && chown -R ${user}:${user} ${root}/data`,
  )
  await page.reload()
  await page.getByRole('button', { name: 'Deny what /data/.htaccess denies' }).click()
  await saved('Paths that are never served')
  expect((await panel.get(`/sites/${domain}`)).body.deniedPaths).toEqual(['/data'])
})

it('changes the runtime, after a question that says what ends', async () => {
  await panel.patch(`/sites/${domain}`, { fallback: null, cleanUrls: true })
  await page.reload()
  const change = card('Runtime').getByRole('button', { name: 'Change the runtime' })
  expect(await change.isDisabled()).toBe(true)
  await page.getByLabel('Kind of site').selectOption('Proxy')
  await page.getByLabel('Pass requests to').fill('nowhere')
  await change.click()
  await text('Write http://host:port')
  await page.getByLabel('Kind of site').selectOption('PHP')
  await change.click()
  const dialog = page.getByRole('dialog', { name: `Make ${domain} a PHP site?` })
  await dialog.getByText('No file is deleted. These settings go back to their default: cleanUrls.').waitFor()
  await dialog.getByRole('button', { name: 'Change it' }).click()
  await text(`${domain} is a PHP site now`)
  expect((await panel.get(`/sites/${domain}`)).body).toMatchObject({ runtime: 'php', cleanUrls: false })
  await expect.poll(() => change.isDisabled()).toBe(true)
})

it('is usable on a phone', async () => {
  await page.setViewportSize({ width: 360, height: 740 })
  await page.reload()
  await page.getByRole('form', { name: 'Redirects' }).waitFor()
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide).toBeLessThanOrEqual(360)
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/settings-phone.png`, fullPage: true })
  await page.setViewportSize({ width: 1280, height: 900 })
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/settings-wide.png`, fullPage: true })
  expect(admin.heard).toEqual([])
})

it('gives the site another domain, after a look at the plan, and goes to its new page', async () => {
  await page.goto(`/sites/${domain}/settings`)
  const change = card('Domain').getByRole('button', { name: 'Change the domain' })
  expect(await change.isDisabled()).toBe(true)
  await page.getByLabel('New domain').fill('no domain')
  await change.click()
  await text('Write a domain such as example.com')
  await page.getByLabel('New domain').fill(next)
  await page.getByLabel(`${domain} then`).selectOption('leads to the new one (301)')
  await change.click()
  const dialog = page.getByRole('dialog', { name: `Give ${domain} the domain ${next}?` })
  await dialog.getByText(`The folder becomes /var/www/${next}`).first().waitFor()
  await dialog.getByRole('button', { name: 'Change it' }).click()
  await text(`The site is ${next} now`)
  await page.waitForURL(`**/sites/${next}`)
  await page.getByRole('heading', { name: next }).waitFor()
  const { status: code, headers } = await site(machine, domain, '/x')
  expect([code, headers.location]).toEqual([301, `http://${next}/x`])
  await page.goto(`/sites/${next}/settings`)
  await page.getByLabel(domain, { exact: true }).uncheck()
  await saved('Aliases')
  expect(await status('/')).toBe(200)
})
