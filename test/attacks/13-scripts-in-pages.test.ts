import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesOf } from '../_cases.ts'
import { enter, launch, options } from '../browser/_browser.ts'
import { client } from '../machine/http.ts'
import { deleteCounters, newUser, output, target, type Target } from './_attack.ts'

const payload =
  '<img src=x onerror="window.pwned=1"><svg onload="window.pwned=1"><a href="javascript:window.pwned=1">x</a>'
const pages = [
  '/sites',
  '/sites/scripts.test',
  '/php',
  '/server',
  '/people',
  '/people/scripts',
  '/tokens',
  '/audit',
  '/bans',
  '/firewall',
  '/jobs',
  '/account',
]

let on: Target
let browser: Browser

beforeAll(async () => {
  on = await target()
  browser = await launch(on.machine)
  await newUser(on, 'scripts')
  await on.panel.post('/sites', { domain: 'scripts.test', runtime: 'static', owner: 'scripts' })
  await on.panel.post('/tokens', { name: payload, scopes: ['sites:read'] })
  await on.panel.post('/sites', { domain: payload, runtime: payload })
  await deleteCounters(on.machine)
  await client(on.machine).post('/session', { username: payload, password: 'x' }, { 'user-agent': payload })
  const { headers } = await client(on.machine).post(
    '/session',
    { username: 'admin', password: 'correct horse battery' },
    { 'user-agent': payload },
  )
  expect(headers['set-cookie']).toBeDefined()
  await output(
    on.machine,
    'sh',
    '-c',
    `touch '/var/www/scripts.test/public/<img src=x onerror=pwned=1>.html'; echo '# ` +
      `${payload.replaceAll("'", '')}' > /etc/nginx/sites-available/scripts.test.conf.extra; echo '# ${payload}' ` +
      '>> /etc/nginx/sites-available/scripts.test.conf',
  )
}, 300_000)
afterAll(async () => {
  await browser.close()
  await output(on.machine, 'rm', '-f', '/etc/nginx/sites-available/scripts.test.conf.extra')
  for (const { id, name } of (await on.panel.get('/tokens')).body.tokens)
    if (name === payload) await on.panel.delete(`/tokens/${id}`)
  await on.panel.delete('/sites/scripts.test?purge=true')
  await on.panel.delete('/users/scripts')
})

/** Opens every page, and what can be opened on it. */
async function visit(context: BrowserContext): Promise<{ page: Page; seen: string }> {
  const page = await context.newPage()
  await enter(on.machine, page)
  let seen = ''
  for (const path of pages) {
    await page.goto(path)
    await page.waitForLoadState('networkidle')
    for (const summary of await page.locator('summary').all())
      await summary.click({ timeout: 1_000 }).catch(() => undefined)
    seen += await page.locator('main').innerText()
    expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned), path).toBeUndefined()
    expect(await page.locator('a[href^="javascript:"], main img[src="x"]').count(), path).toBe(0)
  }
  return { page, seen }
}

it.each(
  casesOf(
    [
      ['off', true],
      ['on', false],
    ] as const,
    1,
  ),
)(
  'with the content security policy %s, no name, log line or user agent runs as a script',
  async (_what, bypassCSP) => {
    await deleteCounters(on.machine)
    const context = await browser.newContext(options(on.machine, { bypassCSP }))
    const { seen } = await visit(context)
    expect(seen.split('onerror=').length, 'the words are there, as words').toBeGreaterThan(2)
    await context.close()
  },
  300_000,
)

it('where a page does put them in, they run without the policy and not with it (control)', async () => {
  for (const [bypassCSP, runs] of [
    [true, 1],
    [false, undefined],
  ] as const) {
    await deleteCounters(on.machine)
    const context = await browser.newContext(options(on.machine, { bypassCSP }))
    const page = await context.newPage()
    await page.goto('/sign-in')
    await page.evaluate((text) => (document.body.innerHTML = text), payload)
    await page.waitForTimeout(500)
    expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBe(runs)
    await context.close()
  }
})
