import { beforeEach, vi } from 'vitest'
import reapIdle from '../../../hooks/reap-idle.ts'
import renewCertificates from '../../../hooks/renew-certificates.ts'
import sweep from '../../../hooks/sweep.ts'
import { look, type ClockRecord } from '../../../lib/model/clock.ts'
import { runHook } from '../../../lib/panel/alerts/hooks.ts'
import { withAuthority } from '../_authority.ts'
import type { Answers } from '../_agent.ts'
import { openPanel, type Panel } from '../_harness.ts'

export const START = Date.parse('2026-11-23T10:15:00.000Z')
export const MINUTE = 60_000
export const DAY = 86_400_000

const hooks = [
  ['reap-idle', reapIdle],
  ['sweep', sweep],
  ['renew-certificates', renewCertificates],
] as const

/** A panel whose clock is set, while time passes. */
export interface Travel extends Panel {
  agent: ReturnType<typeof withAuthority>
  /** Sets the clock by so many days, and does what the panel and its hooks do. */
  jump: (days: number) => Promise<void>
  /** Lets time pass (ms), and does the same. */
  pass: (ms: number) => Promise<void>
}

beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue())

const idle: Answers = {
  'upgrades.take': () => ({ busy: true, restarted: [], apps: [], waiting: [] }),
  'directives.check': () => ({ refused: [] }),
  'trash.prune': () => ({ removed: [] }),
  'node.prune': () => ({ removed: [] }),
  'php.sleep': () => ({ stopped: [] }),
}

/** Opens a panel that an administrator has signed in to. */
export async function travel(): Promise<Travel> {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: START })
  const panel = await openPanel()
  let record: ClockRecord | null = null
  const lookAgain = () =>
    (record = look(record, { boot: 'a', monotonic: Math.round(performance.now()), wall: Date.now() }))
  const agent = withAuthority(panel.ctx, { ...idle, 'clock.follow': lookAgain })
  const everything = async () => {
    for (const [name, { run }] of hooks) await runHook(panel.ctx, name, () => run(panel.ctx))
  }
  await panel.signIn()
  await everything()
  return {
    ...panel,
    agent,
    async jump(days) {
      vi.setSystemTime(Date.now() + days * DAY)
      await everything()
    },
    async pass(ms) {
      vi.advanceTimersByTime(ms)
      await everything()
    },
  }
}
