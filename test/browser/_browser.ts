import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { administrator, client } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const launch = (more: string[] = []): Promise<Browser> => chromium.launch({ executablePath: '/usr/bin/chromium', args: [...flags, ...more] })

/** What a page complained of: console errors, exceptions, and violations of its content security policy. */
export function complaints(page: Page): string[] {
  const all: string[] = []
  page.on('console', (message) => message.type() === 'error' && !/40[1349]|422/.test(message.text()) && all.push(message.text()))
  page.on('pageerror', (error) => all.push(String(error)))
  return all
}

export const options = (machine: Machine, extra: BrowserContextOptions = {}): BrowserContextOptions =>
  ({ baseURL: `https://${machine.address}:8080`, ignoreHTTPSErrors: true, ...extra })

/** Sets the first administrator up in the browser when there is none, else signs in. */
export async function enter(machine: Machine, page: Page): Promise<void> {
  const { needed } = (await client(machine).get('/setup')).body as { needed: boolean }
  await page.goto(needed ? `/setup#token=${machine.state.setupToken}` : '/sign-in')
  await page.getByLabel('User name').fill(administrator.username)
  await page.getByLabel('Password').fill(administrator.password)
  await page.getByRole('button', { name: needed ? 'Set up and sign in' : 'Sign in' }).click()
  await page.waitForURL('**/sites')
}

/** A browser with one page, where the administrator is signed in, and what that page complains of. */
export interface Admin {
  browser: Browser
  context: BrowserContext
  page: Page
  heard: string[]
}

/** Opens the admin in a browser of its own; whoever asks closes it. */
export async function openAdmin(machine: Machine, flags: string[] = []): Promise<Admin> {
  const browser = await launch(flags)
  const context = await browser.newContext(options(machine))
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const heard = complaints(page)
  await enter(machine, page)
  return { browser, context, page, heard }
}
