import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output, deleteSite } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const domain = 'full.test'
let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await deleteSite(panel, domain)
  await panel.post('/sites', { domain, runtime: 'php' })
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await deleteSite(panel, domain)
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const disk = () => page.getByRole('region', { name: 'Disk', exact: true })
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()
const measure = () => disk().getByRole('button', { name: 'Measure now' }).click()

it('a site’s limit is set in its form, and its page shows how much of it is used', async () => {
  await page.goto(`/sites/${domain}`)
  await page.getByText('Limits and isolation').click()
  await page.getByLabel('Disk (MB)').fill('20')
  await page.getByLabel('Number of files').fill('500')
  await page.getByRole('button', { name: 'Show what will change' }).click()
  await page.getByRole('button', { name: 'Apply', exact: true }).click()
  await text('Changed and live')
  await measure()
  await text(/^\d of 20 MB, \d+ of 500 files$/)
})

it('a site that is full says so, with the way out, and an alert leads to it', async () => {
  await output(machine, 'dd', 'if=/dev/urandom', `of=/var/www/${domain}/public/large`, 'bs=1M', 'count=21')
  await measure()
  await disk().getByText('full', { exact: true }).waitFor()
  await text(/reached the limit/)
  await page.goto('/sites')
  await text(/full.test uses 22 of the 20 MB of disk it may use/)
  await page.getByRole('link', { name: 'See the site' }).click()
  await page.waitForURL(`**/sites/${domain}`)
  await output(machine, 'rm', `/var/www/${domain}/public/large`)
  await measure()
  await text(/^\d of 20 MB, \d+ of 500 files$/)
  expect(await disk().getByText('full', { exact: true }).count()).toBe(0)
  expect(admin.heard).toEqual([])
})
