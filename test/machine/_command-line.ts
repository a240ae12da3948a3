import { expect } from 'vitest'
import type { Result } from './_exec.ts'
import type { Machine } from './machine.ts'

/** Where root's token is. */
export const token = '/etc/hosting-panel/local-token'

/** The panel's own command, as root calls it, and as one that has to succeed. */
export function commandLine(machine: () => Machine) {
  const panel = (...args: string[]): Promise<Result> => machine().sh(['hosting-panel', ...args])
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await panel(...args)
    expect(code, stdout + stderr).toBe(0)
    return stdout
  }
  return { panel, done }
}
