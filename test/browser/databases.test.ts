import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { openAdmin, type Admin } from './_browser.ts'

const db = 'browser_shop'
let machine: Machine
let panel: Api
let admin: Admin
let page: Page
let password: string

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
  await panel.delete(`/databases/${db}?dump=false`, { prefer: 'wait=60' })
  for (const { id } of (await panel.get(`/dumps?database=${db}`)).body) await panel.delete(`/dumps/${id}`)
}
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
const list = (name: string) => page.getByRole('list', { name, exact: true })
const section = (name: string) => page.getByRole('region', { name, exact: true })
const sql = async (query: string) =>
  (await output(machine, 'mariadb', '--default-character-set=utf8mb4', '-N', db, '-e', query)).trim()
const dump = (name: string, text: string) => ({ name, mimeType: 'application/gzip', buffer: gzipSync(text) })
const orders =
  'DROP TABLE IF EXISTS orders; CREATE TABLE orders (id INT PRIMARY KEY, what VARCHAR(90)); INSERT INTO orders ' +
  'VALUES (1, "tea"), (2, "Käse 🧀");\n'

async function importDump(file: ReturnType<typeof dump>): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(file)
  await press('Import it')
}

/** The connection string that is shown, which works; nothing is left of it after a reload. */
async function shownOnce(): Promise<string> {
  const url = (await page.getByLabel('New password').locator('pre.select-all').first().textContent())!.trim()
  const [, username, password] = /^mysql:\/\/(\w+):(\w{20,})@127\.0\.0\.1:3306\//.exec(url)!
  expect(
    await output(machine, 'mariadb', '-h127.0.0.1', `-u${username}`, `-p${password!}`, '-N', db, '-e', 'SELECT 7'),
  ).toContain('7')
  await page.goto(`/databases/${db}`)
  await list('Users').waitFor()
  expect(await page.content()).not.toContain(password)
  return password!
}

it('creates a database by keyboard alone, and shows the password once, with lines to paste', async () => {
  await page.goto('/databases?create')
  await page.getByRole('heading', { name: 'Create a database' }).waitFor()
  await page.locator('input[name=name]').focus()
  await page.keyboard.type('browser-shop!')
  await page.keyboard.press('Enter')
  await text('Use letters, digits, _ and -')
  await page.locator('input[name=name]').fill('')
  await page.keyboard.type(db)
  await expect.poll(() => page.locator('input[name=user]').inputValue()).toBe(db)
  await page.keyboard.press('Enter')
  await text(`${db} is there, and its user ${db}`)
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('New password')
  await page.getByText('WordPress (wp-config.php)').click()
  await text(`define( 'DB_NAME', '${db}' );`)
  await admin.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await press('Copy Password')
  await text('Password copied')
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  password = await shownOnce()
  expect(copied).toBe(password)
})

it('imports a dump that is chosen, with steps, and shows the tables', async () => {
  await text('No tables yet')
  await importDump(dump('old-server.sql.gz', orders))
  await text(`The dump is imported into ${db}`)
  await list('Tables').getByText('orders').waitFor()
  expect(await sql('SELECT what FROM orders WHERE id = 2')).toBe('Käse 🧀')
})

it('takes one that is dropped too; one that fails says where, and changes nothing', async () => {
  const transfer = await page.evaluateHandle(() => {
    const held = new DataTransfer()
    held.items.add(new File(['DELETE FROM orders;\nINSERT INTO nowhere VALUES (1);\n'], 'broken.sql'))
    return held
  })
  await page.locator('label:has(input[type=file])').dispatchEvent('drop', { dataTransfer: transfer })
  await text('broken.sql, ')
  await press('Import it')
  await section('Import').locator('.badge').filter({ hasText: 'failed' }).first().waitFor()
  await section('Import')
    .getByText(/nowhere/)
    .waitFor()
  expect(await section('Import').getByRole('listitem').allInnerTexts()).toEqual([
    expect.stringContaining('done'),
    expect.stringContaining('failed'),
    expect.stringMatching(/done\s+Restoring/),
  ])
  await text(`${db} is as it was before.`)
  expect(await sql('SELECT COUNT(*) FROM orders')).toBe('2')
})

it('cancels the sending, and the import', async () => {
  await page.route('**/import', () => undefined)
  await importDump(dump('slow.sql.gz', orders))
  await page.getByRole('progressbar', { name: 'Sending the file' }).waitFor()
  await press('Cancel the upload')
  await text('Not sent, and nothing was changed')
  await page.unroute('**/import')
  await importDump(dump('slow.sql.gz', `DELETE FROM orders;\nDO SLEEP(120);\n`))
  await section('Import').getByText('Importing', { exact: true }).waitFor()
  await page.reload()
  await section('Import').getByText('Importing', { exact: true }).waitFor()
  expect(await section('Import').getByRole('button', { name: 'Importing …' }).isDisabled()).toBe(true)
  await section('Import').getByRole('button', { name: 'Cancel', exact: true }).click()
  await section('Import').locator('.badge').filter({ hasText: 'cancelled' }).first().waitFor()
  await text(`${db} is as it was before.`)
  expect(await sql('SELECT COUNT(*) FROM orders')).toBe('2')
})

it('exports, and downloads what it says', async () => {
  await section('Export').getByLabel('As').selectOption('gzip')
  await press('Export')
  const link = section('Export').getByRole('link', { name: `Download ${db}.sql.gz` })
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
  expect(download.suggestedFilename()).toMatch(/^browser_shop-\d+\.sql\.gz$/)
  expect(gunzipSync(await readFile(await download.path())).toString()).toContain('Käse 🧀')
  await list('Kept dumps').getByText('Export, ').waitFor()
})

it('adds a user, changes what it may, gives a new password, and removes it', async () => {
  await page.getByLabel('New user').fill('browser_reports')
  await page.locator('select[name=grant]').selectOption('read')
  await press('Add')
  await text('The password of browser_reports')
  await shownOnce()
  expect(await sql('SHOW GRANTS FOR browser_reports@localhost')).not.toContain('INSERT')
  await page.getByLabel('Rights of browser_reports').selectOption({ label: 'may read and change data' })
  expect(await sql('SHOW GRANTS FOR browser_reports@localhost')).not.toContain('INSERT')
  await press('Change the rights of browser_reports')
  await text('browser_reports may read and change data now')
  expect(await sql('SHOW GRANTS FOR browser_reports@localhost')).toContain('INSERT')
  await press('New password for browser_reports')
  await press('Make a new password')
  await text('The new password of browser_reports')
  await shownOnce()
  await press('Remove browser_reports')
  await press('Remove it')
  await text('browser_reports is removed')
  await expect.poll(() => list('Users').getByText('browser_reports', { exact: true }).count()).toBe(0)
})

it('shows what runs, and ends it', async () => {
  const [file, ...args] = machine.command(['mariadb', `-u${db}`, `-p${password}`, db, '-e', 'SELECT SLEEP(120)'])
  const ended = new Promise((resolve) => spawn(file!, args, { stdio: 'ignore' }).on('close', resolve))
  await list('Running queries').getByText('SELECT SLEEP(120)').waitFor()
  await press(`End the query of ${db}`)
  await ended
  await text('None. Queries that take longer')
})

it('opens it in Adminer, in a tab that cannot reach back', async () => {
  const [tab] = await Promise.all([admin.context.waitForEvent('page'), press('Open in Adminer')])
  await tab.getByRole('link', { name: 'orders' }).first().waitFor()
  expect(new URL(tab.url()).port).toBe('8081')
  expect(await tab.evaluate(() => window.opener)).toBe(null)
  await tab.close()
})

it('deletes it after its name was written, keeps a dump, and brings it back in one flow', async () => {
  await press(`Delete ${db}`)
  const confirm = page.getByLabel(`Write ${db} to confirm`)
  await page.keyboard.press('Escape')
  await confirm.waitFor({ state: 'hidden' })
  await press(`Delete ${db}`)
  expect(await page.getByRole('button', { name: 'Delete', exact: true }).isDisabled()).toBe(true)
  await confirm.fill(db)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/databases')
  await press(`Restore ${db} (Of a deleted database)`)
  await page.getByRole('radio', { name: /Into a new database/ }).waitFor()
  await press('Restore')
  await text(`The new user of ${db}: ${db}`)
  await section('Kept dumps').locator('.badge').first().filter({ hasText: 'done' }).waitFor()
  expect(await sql('SELECT what FROM orders WHERE id = 2')).toBe('Käse 🧀')
  await shownOnce()
})

it('fits on a phone, in the dark, and breaks none of its own rules', async () => {
  await page.setViewportSize({ width: 360, height: 800 })
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const path of [`/databases/${db}`, '/databases?create']) {
    await page.goto(path)
    await page.getByRole('heading', { name: 'Kept dumps' }).waitFor()
    for (const closed of await page.locator('main details > summary').all()) await closed.click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  }
  expect(admin.heard).toEqual([])
})
