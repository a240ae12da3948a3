import { existsSync, readFileSync } from 'node:fs'
import { paths } from '../../model/paths.ts'
import { inspect } from '../../system/files.ts'
import { attempt, environment, run, type Argv } from '../../system/run.ts'
import { apart } from '../systemd/commands.ts'
import { hasSystemd } from '../systemd/index.ts'
import { limitLines, report, setLimits as set, showState, type Limits } from './commands.ts'
import { mountOf, parseReport, parseState, type UserQuota } from './parse.ts'

export type { Limits, UserQuota }

/** Quotas of users on the file system of the sites' files. */
export interface Quotas {
  mount: string
  /** Whether it holds them to limits; else it counts only. */
  enforced: boolean
  users: ReadonlyMap<number, UserQuota>
}

/** Debian's package `quota` has it. */
const program = '/usr/sbin/repquota'

/** Runs a command outside the agent's restrictions: it has no devices, and not the right to ask for others' quotas. */
const unrestricted = (command: Argv): Argv => (hasSystemd() ? apart(environment, command) : command)

/** Reads the quotas of all users at once; null where the kernel keeps none for the sites' files. */
export async function readQuotas(): Promise<Quotas | null> {
  if (!existsSync(program)) return null
  const sites = await inspect(`${paths.websites}/.`)
  const mount = sites && mountOf(readFileSync('/proc/self/mountinfo', 'utf8'), sites.dev)
  if (!mount) return null
  // Its exit code tells nothing: it ends with 1 where quotas are on.
  const state = parseState((await attempt(unrestricted(showState(mount)))).stdout)
  if (state === 'off') return null
  return { mount, enforced: state === 'enforced', users: parseReport(await run(unrestricted(report(mount)))) }
}

/** Sets the hard limits of users, by their numbers. */
export async function setLimits({ mount }: Pick<Quotas, 'mount'>, users: ReadonlyMap<number, Limits>): Promise<void> {
  if (users.size > 0) await run(unrestricted(set(mount)), { input: limitLines(users) })
}

/** Deletes the limits of a user who is gone, so that the file system keeps nothing about them. */
export async function deleteLimits(uid: number): Promise<void> {
  const quotas = await readQuotas()
  const kept = quotas?.users.get(uid)?.limits
  if (quotas && kept && (kept.kib !== null || kept.files !== null)) {
    await setLimits(quotas, new Map([[uid, { kib: null, files: null }]]))
  }
}
