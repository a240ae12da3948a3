import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAdmin, type Admin } from '../browser/_browser.ts'
import { looksRight, pages } from '../browser/_views.ts'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { create, deleteSite } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'

let machine: Machine
let panel: Api
let admin: Admin
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'seen.test', runtime: 'php' })
  admin = await openAdmin(machine)
})
afterAll(async () => {
  await admin.browser.close()
  await deleteSite(panel, 'seen.test')
})
beforeEach(() => showJournalOnFailure(machine))

describe.each([
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 1280, height: 800, colorScheme: 'dark' },
  { width: 375, height: 720, colorScheme: 'light' },
  { width: 375, height: 720, colorScheme: 'dark' },
] as const)('$width wide, $colorScheme', (view) => {
  it.each(pages('seen.test'))('%s', (path) => looksRight(machine, admin, path, view))
})

it('keeps within its content security policy, without an error', () => expect(admin.heard).toEqual([]))
