import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const domain = 'letters.test'
let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await clear()
  await panel.post('/sites', { domain, runtime: 'static' })
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await clear()
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

async function clear(): Promise<void> {
  await panel.delete(`/sites/${domain}?purge=true`)
  await panel.patch('/settings/mail', { account: null, sender: null, perHour: null })
}
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()
const save = () => page.getByRole('button', { name: 'Save', exact: true }).click()

it('gives a site a mail server, says at the field what is wrong, and keeps the password', async () => {
  await page.goto(`/sites/${domain}`)
  await page.getByRole('link', { name: 'Mail', exact: true }).click()
  await text('Mail of this site cannot leave')
  await text('0 of 200 recipients in the last hour')
  await page.getByLabel('Send through an account of this site').check()
  await page.getByLabel('Mail server').fill('smtp example')
  await page.getByLabel('User name').fill('shop')
  await page.getByLabel('Password').fill('hunter2')
  await save()
  await text('Write a name such as smtp.example.com')
  await page.getByLabel('Mail server').fill('smtp.example.com')
  await page.getByLabel('Sender').fill(`shop@${domain}`)
  await page.getByLabel('Most recipients in an hour').fill('50')
  await save()
  await text('Saved. New mail uses these settings.')
  await text('Mail of this site leaves through its own account')
  await text('0 of 50 recipients in the last hour')
  await page.reload()
  await page.getByLabel('Sender').fill(`sales@${domain}`)
  expect(await page.content()).not.toContain('hunter2')
  await save()
  await text('Saved. New mail uses these settings.')
  expect((await panel.get(`/sites/${domain}/mail`)).body).toMatchObject({
    account: { host: 'smtp.example.com', port: 587, security: 'starttls', username: 'shop', ca: null },
    sender: `sales@${domain}`,
    perHour: 50,
  })
})

it('takes it away, and gives the server one for all sites', async () => {
  await page.getByLabel('Send through an account of this site').uncheck()
  await save()
  await text('Mail of this site cannot leave')
  await page.goto('/server')
  await page.getByLabel('Sites without an account of their own send through this server').check()
  await page.getByLabel('Mail server').fill('smtp.example.com')
  const form = page.locator('form').filter({ hasText: 'Mail server' })
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await text('Saved. New mail uses these settings.')
  await page.goto(`/sites/${domain}/mail`)
  await text('Mail of this site leaves through the server’s account')
})
