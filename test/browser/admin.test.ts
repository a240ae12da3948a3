import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { options, openAdmin, type Admin } from './_browser.ts'
import { looksRight, pages } from './_views.ts'

let machine: Machine
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await (await api(machine)).delete('/sites/example.test?purge=true')
  await (await api(machine)).delete('/sites/keys.test?purge=true')
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const text = (name: string) => page.getByText(name).first().waitFor()

it('adds a PHP site: the plan is shown before anything is done, and then the site answers', async () => {
  await page.goto('/sites')
  await page.getByRole('link', { name: 'Add a site' }).click()
  await page.getByLabel('Domain', { exact: true }).fill('example.test')
  await page.getByLabel('PHP version').selectOption('8.2')
  await page.getByRole('button', { name: 'Show what will change' }).click()
  await page.getByRole('heading', { name: 'Adding example.test makes these changes' }).waitFor()
  await page.locator('summary', { hasText: '/etc/nginx/sites-available/example.test.conf' }).click()
  await text('server_name example.test;')
  expect((await (await api(machine)).get('/sites/example.test')).status).toBe(404)
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.waitForURL('**/sites/example.test')
  await text('active')
  expect((await site(machine, 'example.test')).body).toContain('PHP 8.2 answers here')
})

it('says what is wrong beside the field', async () => {
  await page.goto('/sites/new')
  await page.getByLabel('Domain', { exact: true }).fill('not a domain')
  await page.getByRole('button', { name: 'Show what will change' }).click()
  await expect.poll(() => page.getByLabel('Domain', { exact: true }).getAttribute('aria-invalid')).toBe('true')
  await page.getByText('Write a domain such as example.com').first().waitFor()
  await page.getByLabel('Domain', { exact: true }).fill('example.test')
  await page.getByRole('button', { name: 'Show what will change' }).click()
  await text('already belongs to a site')
})

it('changes settings with their plan, disables and enables', async () => {
  await page.goto('/sites/example.test')
  await page.getByText('Limits and isolation').click()
  await page.getByLabel('Memory of a request').fill('96')
  await page.getByRole('button', { name: 'Show what will change' }).click()
  await page.locator('summary', { hasText: '/fpm/sites/s-example-test-' }).click()
  await text('+php_admin_value[memory_limit] = 96M')
  await page.getByRole('button', { name: 'Apply' }).click()
  await text('Changed and live')
  expect((await (await api(machine)).get('/sites/example.test')).body.phpSettings.memoryLimitMb).toBe(96)
  for (const [button, state] of [
    ['Disable the site', 'disabled'],
    ['Enable the site', 'active'],
  ] as const) {
    await page.getByRole('button', { name: button }).click()
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.locator('.badge', { hasText: state }).waitFor()
  }
})

it('can be used with the keyboard alone', async () => {
  await page.goto('/sites/new')
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('domain')
  await page.keyboard.type('keys.test')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => page.locator('input[value=static]').isChecked()).toBe(true)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Adding keys.test makes these changes' }).waitFor()
  await expect
    .poll(
      async () => {
        await page.keyboard.press('Tab')
        return page.evaluate(() => document.activeElement?.textContent?.trim())
      },
      { timeout: 90_000, interval: 20 },
    )
    .toBe('Apply')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/sites/keys.test')
})

it('deletes a site only when its name is written', async () => {
  await page.goto('/sites/keys.test')
  await page.getByRole('button', { name: 'Delete the site' }).click()
  const remove = page.getByRole('button', { name: 'Delete', exact: true })
  expect(await remove.isDisabled()).toBe(true)
  await page.getByLabel('Write keys.test to confirm').fill('keys.test')
  await remove.click()
  await page.waitForURL('**/sites')
  await text('for 30 days')
  expect((await (await api(machine)).get('/sites/keys.test')).status).toBe(404)
})

it('shows what was changed by hand, and follows putting it back', async () => {
  await machine.sh(['rm', '/etc/nginx/sites-enabled/example.test.conf'])
  await page.goto('/server')
  await text('/etc/nginx/sites-enabled/example.test.conf')
  await page.getByRole('button', { name: 'Undo these changes' }).click()
  await page.locator('.badge', { hasText: 'done' }).first().waitFor()
  await text('Nothing: every file')
  await page.goto('/jobs')
  await page
    .getByRole('link', { name: /Undo changes by hand/ })
    .first()
    .click()
  await text('Checking and loading')
})

it('loads itself anew when the code of a page was cut off, or is gone', async () => {
  const alone = await page.context().newPage()
  await alone.goto('/sites')
  let cut = 0
  await alone.route('**/Jobs-*.js', (route) => (cut++ === 0 ? route.abort('connectionreset') : route.continue()))
  await alone.getByRole('link', { name: 'Jobs', exact: true }).click()
  await alone.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
  expect(cut).toBeGreaterThan(1)
  await alone.close()
})

it('asks once more for what was cut off, where asking changes nothing', async () => {
  const alone = await page.context().newPage()
  const cut: string[] = []
  await alone.route('**/api/**', (route) => {
    const asked = `${route.request().method()} ${new URL(route.request().url()).pathname}`
    if (asked !== 'GET /api/jobs' || cut.length > 0) return route.continue()
    cut.push(asked)
    return route.abort('connectionreset')
  })
  await alone.goto('/jobs')
  await alone.getByRole('list', { name: 'Jobs' }).or(alone.getByText('Nothing has run yet')).waitFor()
  expect(cut).toEqual(['GET /api/jobs'])
  await alone.close()
})

it('bans by hand and unbans, switches a jail, and asks twice before banning its own address', async () => {
  await page.goto('/bans')
  const quick = page.getByRole('list', { name: 'Banned now' })
  await page.getByLabel('Address or network', { exact: true }).fill('198.51.100.200')
  await page.getByRole('button', { name: 'Ban', exact: true }).click()
  await quick.getByText('198.51.100.200').waitFor()
  await quick.getByText('banned by hand, by admin').first().waitFor()
  await page.getByRole('button', { name: 'Unban 198.51.100.200 in hosting-panel' }).click()
  await quick.getByText('198.51.100.200').waitFor({ state: 'detached' })
  const jail = page.getByRole('switch', { name: 'Jail nginx-limit-req' })
  for (const on of ['false', 'true']) {
    await jail.click()
    await expect.poll(() => jail.getAttribute('aria-checked'), { timeout: 90_000 }).toBe(on)
  }
  const { yourAddress } = (await (await api(machine)).get('/bans/settings')).body as { yourAddress: string }
  await page.getByLabel('Address or network', { exact: true }).fill(yourAddress)
  await page.getByRole('button', { name: 'Ban', exact: true }).click()
  await page.getByRole('button', { name: 'Ban it anyway' }).waitFor()
  await page.getByRole('button', { name: `Remove ${yourAddress}` }).click()
  await page.getByText('No addresses yet.').waitFor()
  await page.getByRole('button', { name: `Add my address (${yourAddress})` }).click()
  await page.getByRole('button', { name: `Remove ${yourAddress}` }).waitFor()
})

it.each(pages('example.test'))('%s fits a phone, names every control, and is dark when asked', (path) =>
  looksRight(machine, admin, path, { width: 375, height: 720, colorScheme: 'dark' }),
)

it('a session that ended leads to signing in, and back to the page', async () => {
  const other = await admin.browser.newContext(options(machine))
  const fresh = await other.newPage()
  await fresh.goto('/php')
  await fresh.waitForURL('**/sign-in?to=/php')
  await fresh.getByLabel('User name').fill('admin')
  await fresh.getByLabel('Password').fill('correct horse battery')
  await fresh.getByRole('button', { name: 'Sign in' }).click()
  await fresh.waitForURL('**/php')
  await fresh.getByRole('button', { name: 'Sign out' }).click()
  await fresh.waitForURL('**/sign-in')
  await other.close()
})

it('keeps within its content security policy, without an error', () => expect(admin.heard).toEqual([]))
