import { isInstalled, listBans, unban } from '../../drivers/fail2ban/index.ts'
import { flushPages } from '../../drivers/nginx/pages.ts'
import { hasSystemd, rewindTimers } from '../../drivers/systemd/index.ts'
import { believed, type ClockRecord } from '../../model/clock.ts'
import { doParts } from '../../model/parts.ts'
import { paths } from '../../model/paths.ts'
import { listDirectory } from '../../system/files.ts'
import { askDaemon, changeClock } from './clock.ts'

/**
 * Looks at the clock. Once it was set back, does away with what others noted of a time that has not come: timers that
 * wait for it; and when the clock is no more in doubt, bans until then, and pages that are fresh until then. What fails
 * is told, and done at the next look.
 */
export async function followClock(): Promise<ClockRecord> {
  const record = await changeClock(askDaemon)
  if (!record.wasSetBack) return record
  try {
    const timers = () => hasSystemd() && rewindTimers(record.wall)
    if (record.right) {
      await doParts({ timers })
      return record
    }
    await doParts({ timers, bans: () => endBans(record.wall), pages: flushAllPages })
    return await changeClock((later) => ({ ...later, wasSetBack: false }))
  } catch {
    return record
  }
}

/** Fail2ban ends a ban by the clock: one of a year ahead would last a year. */
async function endBans(now: number): Promise<void> {
  if (!isInstalled()) return
  for (const { address, jail, since } of await listBans())
    if (since !== null && believed(Date.parse(since), now) === 0) await unban(address, jail)
}

async function flushAllPages(): Promise<void> {
  for (const domain of await listDirectory(paths.pageCaches))
    if (!domain.startsWith('.')) await flushPages(domain, null)
}
