import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { askedBetween } from '../store/certificate-attempts.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

const HOUR = 3_600_000
const WEEK = 7 * 24 * HOUR

/**
 * Let's Encrypt's own limits, which others stay below too: five certificates a week for the same names, five
 * failures an hour. The panel stops before them: being refused counts, and a week is long.
 */
const limits = [
  { ok: true, most: 5, window: WEEK, words: 'certificates for the same names in the last seven days' },
  { ok: false, most: 5, window: HOUR, words: 'failures in the last hour' },
] as const

/** Throws `certificate_limit` when an authority would refuse, and says until when. */
export function refuseOverLimit(ctx: Context, names: readonly string[], now: number): void {
  for (const { ok, most, window, words } of limits) {
    const asked = askedBetween(ctx.db, names, [iso(now - window), iso(now)], ok)
    if (asked.length < most) continue
    const again = iso(Date.parse(asked[asked.length - most]!) + window)
    throw new PanelError(
      'certificate_limit',
      429,
      `There were ${asked.length} ${words}, and authorities allow no more. Try again after ` +
        `${again.slice(0, 16).replace('T', ' ')} UTC`,
      { retryAfter: again },
    )
  }
}
