import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { deleteSite } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const [php, proxy] = ['own-php.test', 'own-proxy.test']
let machine: Machine
let panel: Api
let admin: Admin
let page: Page

const clear = async () => {
  for (const domain of [php, proxy]) await deleteSite(panel, domain)
}
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await clear()
  await panel.post('/sites', { domain: php, runtime: 'php' })
  await panel.post('/sites', { domain: proxy, runtime: 'proxy', proxyTo: 'http://192.0.2.1' })
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await clear()
  await admin.browser.close()
  expect(admin.heard).toEqual([])
})
beforeEach(() => showJournalOnFailure(machine))

const text = (words: string | RegExp) => page.getByText(words).first().waitFor()
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
const specOf = async (domain: string) => (await panel.get(`/sites/${domain}`)).body

it('a site’s directives for nginx: what nginx refuses is told at the field, and what it takes is live', async () => {
  await page.goto(`/sites/${php}/directives`)
  const field = page.getByLabel('Directives of this site')
  await field.fill('expires 1d;\nno_such x;')
  await press('Check and make live')
  await text('line 2: unknown directive')
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  await field.fill('location = /exact { return 204; }')
  await press('Check and make live')
  await text('Checked and live')
  expect((await site(machine, php!, '/exact')).status).toBe(204)
  await page.reload()
  await expect.poll(() => field.inputValue()).toBe('location = /exact { return 204; }')
})

it('a site’s directives for PHP, and the paths that it may read', async () => {
  await page.goto(`/sites/${php}`)
  await page.getByText('Limits and isolation').click()
  const [directives, paths] = [page.getByLabel('PHP directives'), page.getByLabel('Other paths that PHP may read')]
  await directives.fill('session.gc_maxlifetime = long')
  await press('Show what will change')
  await expect.poll(() => directives.getAttribute('aria-invalid')).toBe('true')
  await directives.fill('session.gc_maxlifetime = 7200')
  await paths.fill('/root')
  await press('Show what will change')
  await expect.poll(() => paths.getAttribute('aria-invalid')).toBe('true')
  await paths.fill('/usr/share/php')
  await press('Show what will change')
  await press('Apply')
  await expect
    .poll(async () => (await specOf(php!)).phpSettings)
    .toMatchObject({
      ini: { 'session.gc_maxlifetime': '7200' },
      openBasedir: ['/usr/share/php'],
    })
})

it('how requests of a proxy site are passed on', async () => {
  await page.goto(`/sites/${proxy}`)
  await page.getByText('How requests are passed on').click()
  const host = page.getByLabel('Host that is sent')
  await host.fill('a b')
  await press('Show what will change')
  await expect.poll(() => host.getAttribute('aria-invalid')).toBe('true')
  await host.fill('visitor')
  await page.getByLabel('Read timeout (seconds)').fill('7')
  await page.getByLabel('Buffer responses').check()
  await press('Show what will change')
  await press('Apply')
  await expect
    .poll(async () => (await specOf(proxy!)).proxySettings)
    .toMatchObject({
      host: 'visitor',
      timeoutSeconds: 7,
      buffering: true,
    })
})

it('extensions of PHP are found, and one is only removed after a question', async () => {
  await page.goto('/php')
  await page.getByLabel('Find an extension').fill('curl')
  const list = page.getByRole('list', { name: /^Extensions of PHP/ })
  await list.getByText('curl', { exact: true }).waitFor()
  await page.getByLabel('Find an extension').fill('nothing-like-this')
  await text('No extension matches “nothing-like-this”')
  await page.getByLabel('Find an extension').fill('')
  await list
    .getByRole('button', { name: /^Remove / })
    .first()
    .click()
  const question = page.getByRole('dialog')
  await question.getByText('lose').waitFor()
  await page.keyboard.press('Escape')
  await question.waitFor({ state: 'hidden' })
  expect((await panel.get('/jobs')).body.jobs.filter(({ state }: { state: string }) => state === 'running')).toEqual([])
})
