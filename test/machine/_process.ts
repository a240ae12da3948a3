import { readFile } from 'node:fs/promises'
import { isRunning } from './_state.ts'
import type { State } from './_state.ts'

/** The process that is number 1 inside, as this host counts. */
export async function firstProcess(state: State): Promise<number | undefined> {
  if (!isRunning(state)) throw new Error('systemd-nspawn ended')
  const children = await readFile(`/proc/${state.nspawn}/task/${state.nspawn}/children`, 'utf8')
  for (const pid of children.trim().split(' ').filter(Boolean)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    if (/^NSpid:.*\t1$/m.test(status)) return Number(pid)
  }
  return undefined
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}
