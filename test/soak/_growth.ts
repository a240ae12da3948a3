import { setTimeout as sleep } from 'node:timers/promises'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'

export interface Size {
  /** Memory that is the process's own share (kB). */
  pss: number
  descriptors: number
}

const units = ['hosting-panel', 'hosting-panel-agent', 'hosting-panel-supervisor']

/** How large the panel's processes are. One that rests is started: it would have grown from nothing. */
export async function sizes(machine: Machine): Promise<Record<string, Size>> {
  const found: Record<string, Size> = {}
  await output(machine, 'systemctl', 'start', ...units)
  // Node takes a second to be what it is.
  await sleep(3_000)
  for (const unit of units) {
    const pid = await output(machine, 'systemctl', 'show', '--property=MainPID', '--value', `${unit}.service`)
    const pss = await output(machine, 'sh', '-c', `awk '/^Pss:/ { print $2 }' /proc/${pid}/smaps_rollup`)
    const descriptors = await output(machine, 'sh', '-c', `ls /proc/${pid}/fd | wc -l`)
    found[unit] = { pss: Number(pss), descriptors: Number(descriptors) }
  }
  return found
}

/**
 * Most growth of a process (kB): V8 keeps code it has compiled and caches of its own, which come with the first use of
 * each function and stay. A leak of a kilobyte a call would be ten times as much.
 */
const MORE_KB = 40_000
/** A few connections that stay open for the next call: MariaDB, Redis, the agent. */
const MORE_DESCRIPTORS = 15

export function grown(before: Record<string, Size>, after: Record<string, Size>): string[] {
  return Object.entries(after).flatMap(([unit, { pss, descriptors }]) => {
    const had = before[unit]!
    return [
      ...(pss > had.pss + MORE_KB ? [`${unit} has ${pss} kB, and had ${had.pss}`] : []),
      ...(descriptors > had.descriptors + MORE_DESCRIPTORS
        ? [`${unit} has ${descriptors} descriptors, and had ${had.descriptors}`]
        : []),
    ]
  })
}
