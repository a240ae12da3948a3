import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await clear()
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await clear()
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

async function clear(): Promise<void> {
  for (const { id } of (await panel.get('/firewall/rules')).body.rules) await panel.delete(`/firewall/rules/${id}`)
}
const text = (words: string) => page.getByText(words).first().waitFor()
const rows = () => page.locator('table.rules tbody tr').allInnerTexts()

it('adds rules from a preset and by hand, moves one with the keyboard, and removes one', async () => {
  await page.goto('/firewall')
  await page.getByLabel('For', { exact: true }).selectOption('mysql')
  await page.getByLabel('From').fill('203.0.113.9')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await text('Rule added')
  await page.getByLabel('Ports').fill('6000-6010, 7000')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await text('2 rules added')
  const down = page.getByRole('button', { name: 'Move down: allow 3306/tcp from 203.0.113.9' })
  await down.focus()
  await page.keyboard.press('Enter')
  await text('Now rule 2')
  await expect.poll(async () => (await rows())[1]).toContain('3306/tcp')
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toContain('3306/tcp')
  await page.getByRole('button', { name: 'Remove: allow 7000/tcp from anywhere' }).click()
  await text('Rule removed')
  const status = await output(machine, 'ufw', 'status')
  expect(status).toMatch(/6000:6010\/tcp +ALLOW[^]*3306\/tcp +ALLOW +203\.0\.113\.9 +# hosting-panel: MySQL/)
  expect(status).not.toContain('7000')
})

it('says what is wrong beside the field', async () => {
  await page.getByLabel('Ports').fill('70000')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await text('Write a port such as 3306')
})

it('warns before one locks oneself out of SSH; keeps a change that is confirmed over a new connection', async () => {
  await page.goto('/firewall')
  await page.getByLabel('Action').selectOption('deny')
  await page.getByLabel('Ports').fill('22')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await text('would not reach SSH on port 22')
  await page.getByRole('button', { name: 'Do it anyway, for a minute' }).click()
  await page.getByText('Can you still reach the panel?').waitFor({ timeout: 90_000 })
  await page.getByRole('button', { name: 'Confirm: keep the change' }).click()
  await text('Confirmed: the change stays')
  expect((await panel.get('/firewall/rules')).body).toMatchObject({
    undoAt: null,
    rules: expect.arrayContaining([expect.objectContaining({ action: 'deny', port: '22' })]),
  })
  expect(admin.heard).toEqual([])
}, 300_000)

it('fits a phone', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/firewall')
  await text('built in')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})
