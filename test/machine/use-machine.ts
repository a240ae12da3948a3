import { appendFile } from 'node:fs/promises'
import { onTestFailed } from 'vitest'
import { journal } from './deploy.ts'
import { upInstalled } from './installed.ts'
import { existing } from './machine.ts'
import type { Machine } from './machine.ts'
import { withLock } from './_lock.ts'
import { machines, readState, isRunning } from './_state.ts'

/** The name of the machine that all test files of this run share. */
export function sharedName(): string {
  const name = process.env.HOSTING_PANEL_MACHINE
  if (!name) throw new Error('HOSTING_PANEL_MACHINE names no machine: is global-setup.ts in the vitest project?')
  return Number(process.env.HOSTING_PANEL_LANES ?? 1) > 1 ? `${name}-${process.env.VITEST_POOL_ID}` : name
}

/** The name of a machine that one test file of this run has for itself; it goes when the run's machine does. */
export function ownName(purpose: string): string {
  return `${sharedName()}-${purpose}`
}

/**
 * The run's shared machine with the panel installed; the first test file that asks starts it. With
 * HOSTING_PANEL_MACHINE=NAME it is a machine that is up already and stays. With HOSTING_PANEL_LANES=N files run side by
 * side, each on one of N machines.
 */
export async function useMachine(name = sharedName()): Promise<Machine> {
  return withLock(`${machines}/${name}.lock`, async () => {
    const state = await readState(name)
    if (state && isRunning(state)) return existing(name)
    return upInstalled(name)
  })
}

const units = ['hosting-panel', 'hosting-panel-agent', 'hosting-panel-hook@renew-certificates', 'nginx']

/**
 * Called in a test or in beforeEach: when the test fails, what the machine's services logged is printed; and what the
 * panel, its agent, nginx and renewals did, into HOSTING_PANEL_JOURNALS, which test/summary.ts shows at the end.
 */
export function showJournalOnFailure(machine: Machine): void {
  onTestFailed(async ({ task }) => {
    process.stderr.write(`\n--- ${machine.name}: the journal's end\n${await journal(machine)}\n`)
    const { HOSTING_PANEL_JOURNALS: file } = process.env
    if (file) await appendFile(file, `--- ${task.name}\n${await journal(machine, 30, units)}`)
  })
}
