import { jumpOf, TOLERANCE_MS, type ClockRecord } from '../../model/clock.ts'
import type { Context } from '../http/context.ts'
import { listAlerts, syncAlerts, type AlertRow } from '../store/alerts.ts'

const ALERT = 'clock:'
const [JUMP, SILENCE] = [`${ALERT}jump`, `${ALERT}synchronisation`]

/** A time daemon that was just started has this long to find a server (ms). */
const SYNCHRONISE_MS = 3_600_000

/** Raises alerts about the clock, and ends those that are over. */
export function tellClock(ctx: Context, record: ClockRecord, now: Date): void {
  const found = [jumped(jumpOf(record)), unsynchronised(record)].filter((alert) => alert !== null)
  syncAlerts(
    ctx.db,
    ALERT,
    found.map((alert): AlertRow => ({ ...alert, site: null, severity: 'warning', since: now.toISOString() })),
  )
}

type Found = Pick<AlertRow, 'key' | 'message'>

function jumped(by: number): Found | null {
  if (by === 0) return null
  const message =
    `The clock of this server was set ${by > 0 ? 'ahead' : 'back'} by ${inWords(Math.abs(by))}. Compare it with: ` +
    'date. If it is wrong, set it right: timedatectl set-ntp true. If it is right, there is nothing to do: this ends ' +
    'in six hours. Until then no certificate is renewed, and nothing is deleted because of the jump'
  return { key: JUMP, message }
}

const inWords = (ms: number): string =>
  ms < 48 * TOLERANCE_MS ? `${Math.round(ms / TOLERANCE_MS)} hours` : `${Math.round(ms / TOLERANCE_MS / 24)} days`

function unsynchronised({ lived, unsynchronised }: ClockRecord): Found | null {
  if (unsynchronised === null || lived - unsynchronised <= SYNCHRONISE_MS) return null
  const message =
    'The clock of this server follows no time server, although a time daemon runs. Codes to sign in, certificates ' +
    'and schedules need the right time. Let the server reach one (UDP port 123), and look at: timedatectl ' +
    'timesync-status (with chrony: chronyc sources)'
  return { key: SILENCE, message }
}

const isTold = (ctx: Context, name: string): boolean => listAlerts(ctx.db).some(({ key }) => key === name)

/** Whether the clock jumped and may be wrong. Authorities are asked for no certificates then. */
export const isClockInDoubt = (ctx: Context): boolean => isTold(ctx, JUMP)

/** How the clock is, for health. */
export const clockState = (ctx: Context): 'ok' | 'jumped' | 'unsynchronised' =>
  isClockInDoubt(ctx) ? 'jumped' : isTold(ctx, SILENCE) ? 'unsynchronised' : 'ok'
