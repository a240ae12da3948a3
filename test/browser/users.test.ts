import { generate } from 'otplib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { administrator, api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'
import { options, openAdmin, type Admin } from './_browser.ts'

const password = 'a password of a client'
let machine: Machine
let admin: Admin
let page: Page

beforeAll(async () => {
  machine = await useMachine()
  admin = await openAdmin(machine, [`--host-resolver-rules=MAP panel.test ${machine.address}`])
  page = admin.page
})
afterAll(async () => {
  const panel = await api(machine)
  await panel.delete('/sites/client.test?purge=true')
  await panel.delete('/users/client')
  await admin.browser.close()
})
beforeEach(() => showJournalOnFailure(machine))

const text = (name: string | RegExp) => page.getByText(name).first().waitFor()

async function signIn(who: Page, username: string, secret = password): Promise<void> {
  await who.goto('/sign-in')
  await who.getByLabel('User name').fill(username)
  await who.getByLabel('Password').fill(secret)
  await who.getByRole('button', { name: 'Sign in' }).click()
}

it('adds a person with limits, who sees only their own', async () => {
  await page.goto('/people')
  await page.getByLabel('User name').fill('client')
  await page.getByLabel('Password').fill(password)
  await page.getByLabel('Sites', { exact: true }).fill('1')
  await page.getByRole('button', { name: 'Add' }).click()
  await text('client can sign in now')
  await page.goto('/sites/new')
  const guest = await (await admin.browser.newContext(options(machine))).newPage()
  await signIn(guest, 'client')
  await guest.waitForURL('**/sites')
  await guest.getByRole('heading', { name: 'No sites yet' }).waitFor()
  expect(await guest.getByRole('link', { name: 'Users' }).count()).toBe(0)
  await guest.goto('/sites/new')
  await guest.getByLabel('Domain', { exact: true }).fill('client.test')
  await guest.locator('input[name=runtime][value=static]').check()
  await guest.getByRole('button', { name: 'Show what will change' }).click()
  await guest.getByRole('button', { name: 'Apply' }).click()
  await guest.waitForURL('**/sites/client.test')
  await guest.goto('/sites/new')
  await guest.getByLabel('Domain', { exact: true }).fill('second.test')
  await guest.getByRole('button', { name: 'Show what will change' }).click()
  await guest.getByText('client may have 1 site').waitFor()
  await page.goto('/people/client')
  await text('1 of 1 site, 0 databases')
  await text(/^\d+ MB of disk$/)
  await text(/^\d+ files?$/)
  expect(await page.getByText('full', { exact: true }).count()).toBe(0)
  await page.getByLabel('Files', { exact: true }).fill('1')
  await page.getByRole('button', { name: 'Save' }).click()
  await text('full')
  await guest.goto('/account')
  await guest.getByText(/^\d+ of 1 file$/).waitFor()
  await guest.getByText('nothing can be added').waitFor()
  await page.getByLabel('Files', { exact: true }).fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => page.getByText('full', { exact: true }).count()).toBe(0)
})

it('turns the second factor on, and asks for it', async () => {
  const guest = await (await admin.browser.newContext(options(machine))).newPage()
  await signIn(guest, 'client')
  await guest.waitForURL('**/sites')
  await guest.getByRole('link', { name: 'client', exact: true }).click()
  await guest.getByRole('button', { name: 'Turn on' }).click()
  await guest.getByLabel('Your password').fill(password)
  await guest.getByRole('button', { name: 'Turn on' }).click()
  await guest.getByAltText('QR code of the secret').waitFor()
  const secret = (await guest.locator('code.select-all').textContent())!
  await guest.getByLabel('Code').fill(await generate({ secret }))
  await guest.getByRole('button', { name: 'Confirm' }).click()
  await guest.getByRole('heading', { name: 'Recovery codes' }).waitFor()
  const codes = (await guest.locator('pre.select-all').textContent())!.trim().split('\n')
  expect(codes).toHaveLength(10)
  await guest.getByRole('button', { name: 'Sign out' }).click()
  await signIn(guest, 'client')
  await expect.poll(() => guest.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('code')
  await guest.getByLabel('Code').fill('000000')
  await guest.getByRole('button', { name: 'Sign in' }).click()
  await guest.getByText('The code is wrong').waitFor()
  await guest.getByLabel('Code').fill(codes[0]!)
  await guest.getByRole('button', { name: 'Sign in' }).click()
  await guest.waitForURL('**/sites')
  await page.goto('/people/client')
  await page.getByRole('button', { name: 'Reset the second factor' }).click()
  await text('the password is enough now')
})

it('makes a passkey where the panel has a name, and signs in with it alone', async () => {
  const named = await admin.browser.newContext({ ...options(machine), baseURL: 'https://panel.test:8080' })
  const own = await named.newPage()
  const devtools = await named.newCDPSession(own)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await signIn(own, administrator.username, administrator.password)
  await own.waitForURL('**/sites')
  await own.goto('/account')
  await own.getByRole('button', { name: 'Add a passkey' }).click()
  await own.getByLabel('Name of this device').fill('Test key')
  await own.getByLabel('Your password').fill(administrator.password)
  await own.getByRole('button', { name: 'Make the passkey' }).click()
  await own.getByRole('button', { name: 'Remove Test key' }).waitFor()
  await own.getByRole('button', { name: 'Sign out' }).click()
  await own.getByRole('button', { name: 'Use a passkey' }).click()
  await own.waitForURL('**/sites')
  await own.goto('/account')
  await own.getByRole('button', { name: 'Remove Test key' }).click()
  await own.getByText('None yet. A passkey').waitFor()
  await own.getByRole('button', { name: 'Sign out' }).click()
  await own.getByRole('button', { name: 'Use a passkey' }).click()
  await own.getByText('This passkey is not known here').waitFor()
  await named.close()
})

it('makes a token that works, shows it once, and removes it', async () => {
  await page.goto('/tokens')
  await page.getByLabel('Name').fill('Browser test')
  await page.getByRole('button', { name: 'Make the token' }).click()
  const secret = (await page.locator('pre.select-all').textContent())!.trim()
  const sites = await page.request.fetch(`https://${machine.address}:8080/api/sites`, {
    headers: { authorization: `Bearer ${secret}`, cookie: '' },
  })
  expect(sites.status()).toBe(200)
  await page.reload()
  expect(await page.getByText(secret).count()).toBe(0)
  await page.getByRole('button', { name: 'Remove Browser test' }).click()
  await expect.poll(() => page.getByRole('button', { name: 'Remove Browser test' }).count()).toBe(0)
})

it('shows the audit log, whole, and searches it', async () => {
  await page.goto('/audit')
  await text('The audit log is intact')
  await page.getByPlaceholder('User, address, action or site').fill('token.create')
  const entries = page.getByRole('list', { name: 'Entries' }).locator('summary')
  // Rows that count what was left out name it too.
  const about = (entry: string) => entry.includes('token.create') || entry.includes('audit.left-out')
  await expect.poll(async () => (await entries.allTextContents()).every(about)).toBe(true)
  expect(await entries.first().textContent()).toContain('token.create')
  await entries.first().click()
  await text('"name": "Browser test"')
  expect(admin.heard).toEqual([])
})
