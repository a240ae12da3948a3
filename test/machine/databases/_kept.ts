import { expect } from 'vitest'
import type { Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { contents, createDatabase, importDump, leftovers } from './_helpers.ts'

/** Creates the database `kept` with a row in it, and answers its contents. */
export async function makeKept(machine: Machine, panel: Api): Promise<string> {
  await createDatabase(panel, 'kept')
  expect(
    (await importDump(panel, 'kept', "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('as it was');")).error,
  ).toBeNull()
  return contents(machine, 'kept')
}

/** Waits until `kept` is as it was, and nothing of a dump is on its way. */
export async function expectKept(machine: Machine, before: string): Promise<void> {
  await expect.poll(() => contents(machine, 'kept'), { timeout: 180_000 }).toBe(before)
  await expect.poll(() => leftovers(machine), { timeout: 90_000 }).toBe('')
}
