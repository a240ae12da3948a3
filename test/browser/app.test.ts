import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { letSleep, provideNode, tinyFiles } from '../machine/apps/_tiny.ts'
import { api, site, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const domain = 'app.test'
let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await panel.delete(`/sites/${domain}?purge=true`)
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const badge = (state: string) => page.getByLabel('State').locator('.badge').first().filter({ hasText: state }).waitFor()
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()

it('adds a Node site and says what to do next', async () => {
  await page.goto('/sites/new')
  await page.getByLabel('Domain', { exact: true }).fill(domain)
  await page.getByRole('radio', { name: /Node/ }).check()
  await page.getByLabel('Node version').selectOption('24')
  await press('Show what will change')
  await press('Apply')
  await page.waitForURL(`**/sites/${domain}/app`)
  await page.getByText(`/var/www/${domain}/app`).waitFor()
  await badge('stopped')
  await page.getByText('Nothing yet.').waitFor()
})

it('says what is missing when there is no app yet', async () => {
  await press('Start')
  await badge('errored')
  await page.getByText('There is no package.json').first().waitFor()
})

it('starts it with steps, and shows what it prints as it prints it', async () => {
  await tinyFiles(machine, panel, domain)
  await press('Start')
  await page.getByRole('progressbar').waitFor()
  await badge('running')
  await page.getByRole('log').getByText('starting v24').waitFor()
  await page.getByRole('meter').waitFor()
  expect((await site(machine, domain, '/pid')).status).toBe(200)
})

it('runs a command as the site’s user, and shows its output and how it ended', async () => {
  await page.goto(`/sites/${domain}`)
  await page.getByLabel('Command', { exact: true }).fill('node --version && id -un && exit 3')
  await press('Run')
  await page.getByText(/v24\.[\s\S]*s-app-test-/).waitFor()
  await page.getByText('Finished with exit code 3.').waitFor()
  await page.goto(`/sites/${domain}/app`)
  await badge('running')
})

it('filters and pauses the log', async () => {
  await page.getByLabel('Show only lines with').fill('no such words')
  await page.getByText('No line matches.').waitFor()
  await page.getByLabel('Show only lines with').fill('')
  await press('Pause')
  await panel.post(`/sites/${domain}/app/restart`, undefined, { prefer: 'wait=60' })
  await page.getByRole('button', { name: /Continue \([1-9]/ }).click()
  await expect.poll(() => page.getByRole('log').getByText('starting v24').count()).toBeGreaterThan(1)
})

it('keeps variables, masked until somebody looks, and says that they need a restart', async () => {
  await page.getByLabel('Name', { exact: true }).fill('API_KEY')
  await page.getByLabel('Value', { exact: true }).fill('s3cret value')
  await press('Set')
  await page.getByLabel('Variables').getByText('••••••••').waitFor()
  expect(await page.getByText('s3cret value').count()).toBe(0)
  await page.getByRole('button', { name: 'Show API_KEY' }).click()
  await page.getByLabel('Variables').getByText('s3cret value').waitFor()
  await page.getByText('Its settings were changed after').waitFor()
  await press('Restart')
  await expect
    .poll(async () => JSON.parse((await site(machine, domain, '/env')).body || '{}').API_KEY, { timeout: 90_000 })
    .toBe('s3cret value')
  await page.getByText('Paste a .env file').click()
  await page.getByLabel('Its text').fill('# mine\nexport A="one two"\nB=3 # three\n')
  await press('Set all of these')
  await page.getByText('2 variables are set').waitFor()
  expect((await panel.get(`/sites/${domain}/app/env`)).body).toEqual({ API_KEY: 's3cret value', A: 'one two', B: '3' })
  await page.getByRole('button', { name: 'Remove B' }).click()
  await expect.poll(async () => (await panel.get(`/sites/${domain}/app`)).body.env).toEqual(['A', 'API_KEY'])
})

it('changes settings after showing the plan, and says at the field what is wrong', async () => {
  await page.getByLabel('Start command').fill('node server.js && id')
  await press('Show what will change')
  await page.getByText('Commands run without a shell').first().waitFor()
  await page.getByLabel('Start command').fill('')
  await page.getByLabel('Memory (MB)').fill('300')
  await press('Show what will change')
  await press('Save')
  await page.getByText('Saved; the app uses it').waitFor()
  expect((await panel.get(`/sites/${domain}/app`)).body).toMatchObject({ memoryMb: 300, startCommand: null })
})

it('shows an app that sleeps, and one that is stopped', async () => {
  await letSleep(machine, panel, domain)
  await badge('asleep')
  await page.getByText('1 time,').waitFor()
  await press('Stop')
  await badge('stopped')
})

it('fits on a phone, in the dark, and breaks none of its own rules', async () => {
  await page.setViewportSize({ width: 390, height: 800 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`/sites/${domain}/app`)
  await badge('stopped')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  expect(admin.heard).toEqual([])
})
