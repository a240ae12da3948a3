import { checkAndReload } from '../../drivers/nginx/index.ts'
import { upgradeBinary } from '../../drivers/nginx/upgrade.ts'
import { release } from '../../drivers/systemd/index.ts'
import type { Output } from '../../model/protocol/agent.ts'
import { unescapeUnit } from '../../model/sites/names.ts'
import { inspect, readText } from '../../system/files.ts'
import { isBusy, runExclusive } from '../converge/queues.ts'
import { outdatedUnits } from './outdated.ts'

const LOCK = '/var/lib/dpkg/lock-frontend'

/** Whether the package manager is at work: files that it has half replaced would be taken for new ones. */
export async function packagesChange(file = LOCK): Promise<boolean> {
  const lock = await inspect(file)
  return lock !== null && new RegExp(`:${lock.ino} `).test((await readText('/proc/locks')) ?? '')
}

const AGENT = 'hosting-panel-agent.service'
const php = /^hosting-panel-php(?:-shared)?@.+\.service$/
const app = /^hosting-panel-app@(.+)\.service$/

/** How often it is looked whether this process may leave (ms): by then its answer has been sent. */
const LEAVE_MS = 1_000
let leaving = false

/** Ends this process, whose socket starts the next one, once it has nothing to do. */
function leaveWhenIdle(): void {
  if (leaving) return
  leaving = true
  setInterval(() => !isBusy() && process.kill(process.pid, 'SIGTERM'), LEAVE_MS)
}

/** Replaces nginx, if the new one takes the configuration. */
async function upgradeNginx(): Promise<boolean> {
  try {
    await checkAndReload()
    return await upgradeBinary()
  } catch (error) {
    console.error('nginx goes on with the program of before:', error)
    return false
  }
}

/**
 * Looks for services that run replaced programs, libraries or settings. Restarts those that lose no request by it: PHP
 * masters and the agent, which their sockets start again, and nginx. Answers the others; the panel knows the apps.
 */
export async function takeUpgrades(): Promise<Output<'upgrades.take'>> {
  if (await packagesChange()) return { busy: true, restarted: [], apps: [], waiting: [] }
  const units = outdatedUnits()
  if (units.includes(AGENT)) leaveWhenIdle()
  const released = units.filter((unit) => php.test(unit))
  await release(released)
  const nginx = units.includes('nginx.service') && (await runExclusive(upgradeNginx))
  const restarted = [...released, ...(nginx ? ['nginx.service'] : [])]
  return {
    busy: false,
    restarted,
    apps: units.flatMap((unit) => app.exec(unit)?.[1] ?? []).map(unescapeUnit),
    waiting: units.filter((unit) => !restarted.includes(unit) && !app.test(unit) && unit !== AGENT),
  }
}
