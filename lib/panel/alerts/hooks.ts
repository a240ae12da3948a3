import type { Context } from '../http/context.ts'
import { listAlerts, raiseAlert, resolveAlert } from '../store/alerts.ts'
import { watchServices } from './services.ts'

const KEY = 'hook:'

/** The hook that checks everything else. */
const MINUTELY = 'reap-idle'

/** How long the minutely hook may take to end once more (ms), and how often the panel looks. */
const LATE_TIMEOUT_MS = 180_000
const POLL_MS = 60_000

/** The hooks that failed, or stay away, by alerts. */
export const failedHooks = (ctx: Context): string[] =>
  listAlerts(ctx.db).flatMap(({ key }) => (key.startsWith(KEY) ? [key.slice(KEY.length)] : []))

/** Does a hook's work, notes that it ended, and raises an alert when it failed, until it does not. */
export async function runHook(ctx: Context, hook: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    resolveAlert(ctx.db, KEY + hook)
  } catch (error) {
    raiseAlert(ctx.db, {
      key: KEY + hook,
      site: null,
      severity: 'warning',
      since: new Date().toISOString(),
      message:
        `The hook ${hook} failed: ${error instanceof Error ? error.message : String(error)}. ` +
        `Look at: journalctl -u hosting-panel-hook@${hook} (without systemd: /var/log/hosting-panel/hooks.log)`,
    })
    throw error
  } finally {
    await ctx.kv.set(`hooks:${hook}`, Date.now(), null)
  }
}

/** When the hook ended last, by the clock, and when that was noticed, by one that is never set (ms). */
interface Seen {
  ended: number | null
  at: number
}

/**
 * Checks that the minutely hook, which checks everything else, still runs; if not, checks the services in its place.
 * `now` is of the clock that is never set. Answers what was seen.
 */
export async function watchHook(ctx: Context, seen: Seen, now: number): Promise<Seen> {
  const ended = await ctx.kv.get<number>(`hooks:${MINUTELY}`, Date.now())
  if (ended !== seen.ended) return { ended, at: now }
  if (now - seen.at <= LATE_TIMEOUT_MS) return seen
  await watchServices(ctx, new Date())
  raiseAlert(ctx.db, {
    key: KEY + MINUTELY,
    site: null,
    severity: 'critical',
    since: new Date().toISOString(),
    message:
      `The hook ${MINUTELY}, which should run each minute, has not ended for ${Math.floor((now - seen.at) / 60_000)} ` +
      'minutes: ' +
      'idle apps are not stopped, and apps that should run are not started. Look at: systemctl status ' +
      `hosting-panel-${MINUTELY}.timer hosting-panel-hook@${MINUTELY} (without systemd: service cron status)`,
  })
  return seen
}

/** Watches the hook while the panel runs, because systemd or cron, which start it, may be at fault. */
export function watchHooks(ctx: Context): void {
  // A panel that has just started gives it time.
  let seen: Seen = { ended: null, at: performance.now() }
  const look = () =>
    watchHook(ctx, seen, performance.now()).then(
      (now) => void (seen = now),
      (error: unknown) => console.error('The hooks could not be checked:', error),
    )
  setInterval(() => void look(), POLL_MS).unref()
}
