import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

/** Two tries with the authority, its staging server among them, on a machine that others use too (ms). */
const ISSUE_TIMEOUT_MS = 90_000

/** Presses, waits and reads on a page that is open when the tests run. */
export const onPage = (page: () => Page) => ({
  press: (name: string, within: Page | Locator = page()) => within.getByRole('button', { name, exact: true }).click(),
  /** Waits until a certificate is in this state. */
  badge: (state: string) =>
    page().getByLabel('State').locator('.badge', { hasText: state }).first().waitFor({ timeout: ISSUE_TIMEOUT_MS }),
  text: (words: string, within: Page | Locator = page()) => within.getByText(words).first().waitFor(),
})

/** Opens an address on a phone, in the dark: nothing is wider than the window. */
export async function fitsOnPhone(page: Page, path: string): Promise<void> {
  await page.setViewportSize({ width: 390, height: 800 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(path)
  await page.locator('h1').waitFor()
  await page.waitForLoadState('networkidle')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
}
