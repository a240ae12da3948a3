import { hasSystemd, plainServiceState, readUnits, startService } from '../../drivers/systemd/index.ts'
import { isMissing, problemOf } from '../../drivers/systemd/units.ts'
import { daemons } from '../../model/daemons.ts'
import type { Change } from '../../model/protocol/change.ts'
import { takenBy } from '../../system/port-owner.ts'

/** Daemons that are installed and do not run, as changes that a converge makes. */
export async function stoppedDaemons(): Promise<Change[]> {
  const changes: Change[] = []
  for (const [name, problem] of await problems())
    changes.push({
      action: 'update',
      kind: 'unit',
      name: `${name}.service`,
      summary: `start: it ${problem}${takenBy(daemons[name]!, `${name}.service`)}`,
    })
  return changes
}

/** Starts them; one that does not start holds up no other. Throws `command_failed`, which names who took its port. */
export async function startDaemons(): Promise<void> {
  const starts = await Promise.allSettled((await problems()).map(([name]) => startService(name)))
  for (const start of starts) if (start.status === 'rejected') throw start.reason
}

/** Redis that does not run has a change of its own (lib/agent/caches/redis.ts). */
const named = Object.keys(daemons).filter((name) => name !== 'redis-server')

async function problems(): Promise<[name: string, problem: string][]> {
  if (!hasSystemd()) return plainProblems()
  const units = await readUnits(named.map((name) => `${name}.service`))
  return units.flatMap((unit): [string, string][] => {
    // One that systemd starts again and again does not run.
    const isStarting = unit.active === 'activating' && unit.sub !== 'auto-restart'
    const problem = isMissing(unit) || isStarting ? null : problemOf(unit)
    return problem === null ? [] : [[unit.name.replace(/\.service$/, ''), problem]]
  })
}

async function plainProblems(): Promise<[name: string, problem: string][]> {
  const found: [string, string][] = []
  for (const name of named) if ((await plainServiceState(name)) === 'stopped') found.push([name, 'is stopped'])
  return found
}
