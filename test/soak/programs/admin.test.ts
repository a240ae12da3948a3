import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openAdmin, type Admin } from '../../browser/_browser.ts'
import { removeDatabase } from '../../machine/databases/_helpers.ts'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { deleteSite, output } from '../../machine/sites/_helpers.ts'
import { useMachine } from '../../machine/use-machine.ts'
import { addPackages, TEST_MS } from './_programs.ts'
import { picture } from './_visitor.ts'

/** A person without a terminal: WordPress in a folder of a site, by the admin and by its own pages, in Chromium. */
const domain = 'paper.test'
const folder = `http://${domain}/news`
const root = `/var/www/${domain}/public`
const keeper = { user: 'keeper', password: 'a long enough one, 77' }
let machine: Machine
let panel: Api
let admin: Admin
let page: Page
let database: { name: string; user: string; password: string }

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await addPackages(machine, ['wordpress', 'wordpress-theme-twentytwentythree'])
  admin = await openAdmin(machine, [`--host-resolver-rules=MAP ${domain} ${machine.address}`])
  page = admin.page
}, TEST_MS)
afterAll(async () => {
  await admin.browser.close()
  await deleteSite(panel, domain)
  await removeDatabase(panel, 'paper')
})

const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
const text = (words: string) => page.getByText(words).first().waitFor()

it('the admin makes a PHP site, and a folder of it that has an index.php of its own', async () => {
  await page.goto('/sites/new')
  await page.getByLabel('Domain', { exact: true }).fill(domain)
  await page.getByLabel('PHP version').selectOption('8.2')
  await press('Show what will change')
  await press('Apply')
  await page.waitForURL(`**/sites/${domain}`)
  await page.goto(`/sites/${domain}/settings`)
  const addresses = page.locator('form', { has: page.getByLabel('Folders with their own index.php') })
  await addresses.getByLabel('Folders with their own index.php').fill('/news')
  await addresses.getByRole('button', { name: 'Save' }).click()
  await expect
    .poll(async () => (await panel.get(`/sites/${domain}`)).body.frontControllers as string[])
    .toEqual(['/news'])
})

it('the admin makes a database, and shows its password', async () => {
  await page.goto('/databases?create')
  await page.locator('input[name=name]').fill('paper')
  await expect.poll(() => page.locator('input[name=user]').inputValue()).toBe('paper')
  await page.keyboard.press('Enter')
  const url = (await page.getByLabel('New password').locator('pre.select-all').first().textContent())!.trim()
  const [, user, password] = /^mysql:\/\/(\w+):(\w{20,})@/.exec(url)!
  database = { name: 'paper', user: user!, password: password! }
})

it('files that root copied in are repaired by a button', async () => {
  await output(
    machine,
    'sh',
    '-ec',
    `umask 077; cp -rL /usr/share/wordpress ${root}/news; rm ${root}/news/wp-config.php ${root}/index.php`,
  )
  await page.goto(`/sites/${domain}`)
  const files = page.getByRole('region', { name: 'Files to repair' })
  await files.getByRole('button', { name: 'Repair' }).click()
  await text('Repaired')
  await files.waitFor({ state: 'detached' })
})

it(
  'WordPress installs itself by its pages',
  async () => {
    await page.goto(`${folder}/`)
    await page.waitForURL('**/news/wp-admin/setup-config.php*')
    await page.goto(`${folder}/wp-admin/setup-config.php?step=1&language=en_US`)
    await page.locator('#dbname').fill(database.name)
    await page.locator('#uname').fill(database.user)
    await page.locator('#pwd').fill(database.password)
    await page.locator('#dbhost').fill('localhost')
    await page.locator('input[name=submit]').click()
    await page.getByText('Run the installation').click()
    await page.locator('#weblog_title').fill('The Paper')
    await page.locator('#user_login').fill(keeper.user)
    await page.locator('#pass1').fill(keeper.password)
    await page.locator('#admin_email').fill('keeper@paper.test')
    await page.locator('#submit').click()
    await text('Success!')
  },
  TEST_MS,
)

it(
  'its keeper signs in, sets permalinks and uploads a picture; visitors see them',
  async () => {
    await page.goto(`${folder}/wp-login.php`)
    await page.locator('#user_login').fill(keeper.user)
    await page.locator('#user_pass').fill(keeper.password)
    await page.locator('#wp-submit').click()
    await page.waitForURL('**/news/wp-admin/')
    await page.goto(`${folder}/wp-admin/options-permalink.php`)
    await page.locator('input[value="/%postname%/"]').check()
    await page.locator('#submit').click()
    await text('Permalink structure updated')
    await page.goto(`${folder}/wp-admin/media-new.php?browser-uploader`)
    const tea = { name: 'tea.png', mimeType: 'image/png', buffer: picture(400) }
    await page.locator('#async-upload').setInputFiles(tea)
    await page.locator('#html-upload').click()
    await page.waitForURL('**/upload.php*')

    expect((await site(machine, domain, '/news/hello-world/')).body).toContain('Welcome to WordPress')
    expect((await site(machine, domain, '/news/no-such-page/')).status).toBe(404)
    const { body } = await site(machine, domain, '/news/wp-json/wp/v2/media')
    const [{ source_url: source }] = JSON.parse(body) as [{ source_url: string }]
    const { status, headers } = await site(machine, domain, new URL(source).pathname)
    expect([status, headers['content-type']]).toEqual([200, 'image/png'])
    expect((await panel.get('/drift')).body.changes).toEqual([])
  },
  TEST_MS,
)
