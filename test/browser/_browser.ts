import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { must } from '../machine/_exec.ts'
import { administrator, client, untilAnswered } from '../machine/http.ts'
import { within, type Machine } from '../machine/machine.ts'
import { connect, elsewhere, mask } from '../machine/network.ts'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The network that browsers of a machine's tests are in. */
const network = (machine: Machine) => elsewhere(machine.state.network, 80)

/**
 * Starts Chromium in a network of its own. On this host's it would see the machines of other tests come and go, and cut
 * its requests off (ERR_NETWORK_CHANGED). The machine sees this host's address all the same.
 */
export async function launch(machine: Machine, more: string[] = []): Promise<Browser> {
  const { namespace, address } = network(machine)
  if (!existsSync(`/run/netns/${namespace}`)) await connect(network(machine))
  // Chromium cuts its requests off when an address is taken up, which takes the kernel a second or two.
  await within(20, 'the network of browsers', async () => {
    const tentative = await must(['ip', '-n', namespace, '-6', 'address', 'show', 'tentative'])
    return tentative.trim() === '' || undefined
  })
  await mask(address)
  const program = join(mkdtempSync(join(tmpdir(), 'hosting-panel-browser-')), 'chromium')
  writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`, { mode: 0o755 })
  return chromium.launch({ executablePath: program, args: [...flags, ...more] })
}

/** Complaints of a page: console errors, exceptions, and violations of its content security policy. */
export function complaints(page: Page): string[] {
  const all: string[] = []
  page.on(
    'console',
    (message) => message.type() === 'error' && !/40[1349]|422/.test(message.text()) && all.push(message.text()),
  )
  page.on('pageerror', (error) => all.push(String(error)))
  return all
}

export const options = (machine: Machine, extra: BrowserContextOptions = {}): BrowserContextOptions => ({
  baseURL: `https://${machine.address}:8080`,
  ignoreHTTPSErrors: true,
  ...extra,
})

/** Sets the first administrator up in the browser when there is none, else signs in. */
export async function enter(machine: Machine, page: Page): Promise<void> {
  await untilAnswered(machine)
  const { needed } = (await client(machine).get('/setup')).body as { needed: boolean }
  await page.goto(needed ? `/setup#token=${machine.state.setupToken}` : '/sign-in')
  await page.getByLabel('User name').fill(administrator.username)
  await page.getByLabel('Password').fill(administrator.password)
  await page.getByRole('button', { name: needed ? 'Set up and sign in' : 'Sign in' }).click()
  const refusal = page.getByRole('alert').filter({ hasText: /./ })
  await page.getByRole('heading', { name: 'Sites', level: 1 }).or(refusal).first().waitFor()
  if (!page.url().endsWith('/sites')) throw new Error(`The admin refused: ${await refusal.first().textContent()}`)
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
  const browser = await launch(machine, flags)
  const context = await browser.newContext(options(machine))
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const heard = complaints(page)
  await enter(machine, page)
  return { browser, context, page, heard }
}
