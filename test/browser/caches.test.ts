import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, panelUrl, request, site, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const domain = 'cached.test'
const plain = 'plain.test'
const own = 'cached_test'
let machine: Machine
let panel: Api
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await clear()
  await panel.post('/sites', { domain, runtime: 'php' })
  await panel.post('/sites', { domain: plain, runtime: 'static' })
  admin = await openAdmin(machine)
  page = admin.page
})
afterAll(async () => {
  await clear()
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

async function clear(): Promise<void> {
  await panel.delete(`/databases/${own}?dump=false`, { prefer: 'wait=60' })
  await panel.delete(`/sites/${domain}?purge=true`)
  await panel.delete(`/sites/${plain}?purge=true`)
}
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()
const section = (name: string) => page.getByRole('region', { name, exact: true })
const button = (where: string, name: string) => section(where).getByRole('button', { name, exact: true })
const answered = async (path: string) => (await site(machine, domain, path)).headers['x-cache']

it('turns the page cache on, and says at the field what is wrong', async () => {
  await page.goto(`/sites/${domain}`)
  await page.getByRole('link', { name: 'Cache', exact: true }).click()
  await page.getByLabel('Keep a page for (minutes)').fill('30')
  await page.getByLabel('Not for visitors with these cookies').fill('lang; x')
  await button('Page cache', 'Turn the page cache on').click()
  await text('The beginning of a cookie’s name')
  await page.getByLabel('Keep other copies for phones').check()
  await page.getByLabel('Not for visitors with these cookies').fill('lang theme_')
  await page.keyboard.press('Enter')
  await text('The page cache is on')
  await page.getByRole('img', { name: 'No requests yet' }).waitFor()
  expect((await panel.get(`/sites/${domain}/cache`)).body.page).toMatchObject({
    minutes: 30,
    bypassCookies: ['lang', 'theme_'],
    byDevice: true,
  })
  const plugin = await page.getByRole('link', { name: 'this plugin' }).getAttribute('href')
  const { status, body } = await request(`${panelUrl(machine)}${plugin}`)
  expect([status, body.startsWith('<?php')]).toEqual([200, true])
})

it('shows how many requests it answered, flushes one page, then all', async () => {
  expect([await answered('/'), await answered('/'), await answered('/'), await answered('/?a=b')]).toEqual([
    'MISS',
    'HIT',
    'HIT',
    'BYPASS',
  ])
  await answered('/index.php')
  await page.reload()
  await page.getByRole('img', { name: '50 % of the pages came from the cache' }).waitFor()
  await text(/^2 pages cached, /)
  await page.getByLabel('Delete one page from the cache').fill('https://elsewhere.test/')
  await page.keyboard.press('Enter')
  await text('Write a path such as /blog/')
  await page.getByLabel('Delete one page from the cache').fill('/')
  await page.keyboard.press('Enter')
  await text('1 page deleted')
  expect(await answered('/')).toBe('MISS')
  await button('Page cache', 'Empty it').click()
  await page.getByRole('button', { name: 'Delete all its pages' }).click()
  await text('2 pages deleted')
  await text(/^0 pages cached, /)
})

it('turns it off', async () => {
  await button('Page cache', 'Turn it off').click()
  await text('The page cache is off')
  expect(await answered('/')).toBeUndefined()
})

it('turns Redis on, shows the password once, counts keys, and empties it', async () => {
  await button('Redis', 'Turn Redis on').click()
  const first = await shownPassword()
  await page.reload()
  await text('0 keys')
  expect(await page.content()).not.toContain(first.password)
  const redis = async (...command: string[]) =>
    output(machine, 'redis-cli', '--no-auth-warning', '--user', first.user, '--pass', first.password, ...command)
  expect(await redis('SET', `${first.user}:greeting`, 'hello')).toBe('OK')
  await page.reload()
  await text('1 key')
  await button('Redis', 'Empty it').click()
  await page.getByRole('button', { name: 'Delete all keys' }).click()
  await text('1 key deleted')
  expect(await redis('EXISTS', `${first.user}:greeting`)).toBe('0')
  await button('Redis', 'New password').click()
  await page.getByRole('button', { name: 'Make a new password' }).click()
  const second = await shownPassword()
  expect(second.password).not.toBe(first.password)
  expect(
    await output(machine, 'redis-cli', '--no-auth-warning', '--user', second.user, '--pass', second.password, 'PING'),
  ).toBe('PONG')
})

/** Reads the connection string that is shown. */
async function shownPassword(): Promise<{ user: string; password: string }> {
  await page.getByRole('heading', { name: 'The password for Redis' }).waitFor()
  const url = (await section('Redis').locator('pre.select-all').first().textContent())!.trim()
  const [, user, password] = /^redis:\/\/([^:]+):([\w-]{32})@127\.0\.0\.1:6379$/.exec(url)!
  return { user: user!, password: password! }
}

it('turns Redis off after asking, and Escape leaves it on', async () => {
  await button('Redis', 'Turn Redis off').click()
  await page.keyboard.press('Escape')
  await text('about 0 B of memory')
  await button('Redis', 'Turn Redis off').click()
  await page.getByRole('button', { name: 'Turn it off', exact: true }).last().click()
  await text('Redis is off')
  expect((await panel.get(`/sites/${domain}/cache`)).body).toMatchObject({ redis: null, page: null })
})

it('offers a static site no page cache, and says why', async () => {
  await page.goto(`/sites/${plain}/cache`)
  await text('Not needed: this site is static')
  expect(await page.getByRole('button', { name: 'Turn the page cache on' }).count()).toBe(0)
})

it('creates a database for a site from the site’s page, which lists it', async () => {
  await page.goto(`/sites/${domain}`)
  await text('This site has no database yet')
  await page.getByRole('link', { name: 'Create one for this site' }).click()
  await expect.poll(() => page.locator('select[name=site]').inputValue()).toBe(domain)
  expect(await page.locator('input[name=name]').inputValue()).toBe(own)
  await page.getByRole('button', { name: 'Create it' }).click()
  await text(`${own} is there`)
  await page.goto(`/sites/${domain}`)
  await page.getByRole('list', { name: 'Databases of the site' }).getByText(own).waitFor()
})

it('fits on a phone, in the dark, and breaks none of its own rules', async () => {
  await panel.send('PUT', `/sites/${domain}/cache`, { redis: true, page: { minutes: 5 } })
  await page.setViewportSize({ width: 360, height: 800 })
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const path of [`/sites/${domain}/cache`, `/sites/${domain}`]) {
    await page.goto(path)
    await page.getByRole('heading', { name: /^Redis$|^Databases$/ }).waitFor()
    for (const closed of await page.locator('main details > summary').all()) await closed.click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  }
  expect(admin.heard).toEqual([])
})
