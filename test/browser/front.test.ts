import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await panel.patch('/settings', { trustedProxies: [] }, { prefer: 'wait=60' })
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const text = (words: string) => page.getByText(words).first().waitFor()
const save = () =>
  page.locator('form').filter({ hasText: 'In front of this server' }).getByRole('button', { name: 'Save' }).click()
const trusted = async () => (await panel.get('/settings')).body.trustedProxies

it('names CDNs and proxies in front of the server, and says what is none', async () => {
  await page.goto('/server')
  await text('Nothing yet: visitors come straight to this server')
  await page.getByLabel('Cloudflare').check()
  await page.getByLabel('Your own proxies').fill('0.0.0.0/0')
  await save()
  await text('This is so much of the internet that anybody could claim any address')
  await page.getByLabel('Your own proxies').fill('198.51.100.7\n198.51.100.8')
  await save()
  await text('Saved and live')
  expect(await trusted()).toEqual(['cloudflare', '198.51.100.7', '198.51.100.8'])
  await page.reload()
  expect(await page.getByLabel('Cloudflare').isChecked()).toBe(true)
  expect(await page.getByLabel('Your own proxies').inputValue()).toBe('198.51.100.7\n198.51.100.8')
  expect(await page.getByText('Nothing yet: visitors come straight').count()).toBe(0)
  await page.setViewportSize({ width: 360, height: 800 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await page.getByLabel('Cloudflare').uncheck()
  await page.getByLabel('Your own proxies').fill('')
  await save()
  await text('Nothing yet: visitors come straight to this server')
  expect([await trusted(), admin.heard]).toEqual([[], []])
})
