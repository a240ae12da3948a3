import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output, deleteSite } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const domain = 'repaired.test'
const root = `/var/www/${domain}/public`
let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await deleteSite(panel, domain)
  await panel.post('/sites', { domain, runtime: 'static' })
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await deleteSite(panel, domain)
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const files = () => page.getByRole('region', { name: 'Files to repair' })

it('a site’s page shows files that root copied in, and repairs them', async () => {
  await page.goto(`/sites/${domain}`)
  await page.getByRole('region', { name: 'Disk', exact: true }).waitFor()
  expect(await files().count()).toBe(0)
  await output(machine, 'sh', '-c', `umask 077; mkdir ${root}/new; echo 1 > '${root}/new/<b>.txt'`)
  await page.reload()
  await files().getByText('2 files and folders are not as the site needs them').waitFor()
  await files().getByText('new/<b>.txt').waitFor()
  await files().getByRole('button', { name: 'Repair' }).click()
  await page.getByText('Repaired 2 files and folders').waitFor()
  await files().waitFor({ state: 'detached' })
  expect(await output(machine, 'stat', '-c', '%a', `${root}/new`, `${root}/new/<b>.txt`)).toBe('750\n640')
  expect(admin.heard).toEqual([])
})
