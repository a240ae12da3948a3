import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Machine } from '../machine/machine.ts'
import { complaints, options, type Admin } from './_browser.ts'

/** Addresses of the admin's pages, those of a site for this domain. */
export const pages = (domain: string): string[] => [
  '/sites',
  '/sites/new',
  ...['', '/certificate', '/cache', '/mail', '/settings', '/directives'].map((tab) => `/sites/${domain}${tab}`),
  '/databases',
  '/certificates',
  '/dns-providers',
  '/php',
  '/node',
  '/bans',
  '/server',
  '/jobs',
  '/nothing-here',
]

/** A size of the window (CSS pixels) and a colour scheme. */
export interface View {
  width: number
  height: number
  colorScheme: 'light' | 'dark'
}

const BACKGROUND = { dark: 'rgb(15, 20, 27)', light: 'rgb(246, 247, 249)' }

/** Windows stay open from page to page: a new one costs more than a page. */
const windows = new WeakMap<Admin, Map<string, { page: Page; said: string[] }>>()

async function windowOf(machine: Machine, admin: Admin, { width, height, colorScheme }: View) {
  const open = windows.get(admin) ?? new Map<string, { page: Page; said: string[] }>()
  windows.set(admin, open)
  const key = `${width} ${height} ${colorScheme}`
  const known = open.get(key)
  if (known) return known
  const storageState = await admin.context.storageState()
  const context = await admin.browser.newContext(
    options(machine, { viewport: { width, height }, colorScheme, storageState }),
  )
  const page = await context.newPage()
  const made = { page, said: complaints(page) }
  open.set(key, made)
  return made
}

/** Opens a page in a view: nothing is wider than the window, every control has a name, and colours are as asked. */
export async function looksRight(machine: Machine, admin: Admin, path: string, view: View): Promise<void> {
  const { page, said } = await windowOf(machine, admin, view)
  await page.goto(path)
  await page.locator('h1').waitFor()
  await page.waitForLoadState('networkidle')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(view.width)
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(BACKGROUND[view.colorScheme])
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('input, select, button, a')]
      .filter(
        (element) =>
          !(element as HTMLInputElement).labels?.length &&
          !element.textContent?.trim() &&
          !element.getAttribute('aria-label'),
      )
      .map(({ outerHTML }) => outerHTML),
  )
  expect(nameless).toEqual([])
  expect(said.splice(0)).toEqual([])
}
