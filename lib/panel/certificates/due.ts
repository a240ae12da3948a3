import type { CertificateFacts, CertificateState, Challenge } from '../../model/certificates/schema.ts'
import { covers, isWildcard, wildcardOf } from '../../model/wildcard.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Renewed this long before its end (ms), or in the last third of a shorter life. */
const BEFORE = 30 * DAY

/** Until an own certificate's end (ms) somebody is told: nobody renews it but they. */
const WARNING = 30 * DAY

/** Pauses after failures in a row (ms): an authority takes five failures an hour, and counts requests by the week. */
const FIRST_RETRY_MS = 6 * HOUR
const LONGEST_RETRY_MS = 2 * DAY

type Life = Pick<CertificateFacts, 'notBefore' | 'notAfter'>

const end = ({ notAfter }: Life): number => Date.parse(notAfter)

/**
 * When a certificate is renewed (ms since 1970): 30 days before its end, of one that lives less than 90 a third of its
 * life.
 */
export const renewalTime = (life: Life): number =>
  end(life) - Math.min(BEFORE, (end(life) - Date.parse(life.notBefore)) / 3)

/** Whole days until a certificate ends; negative once it has. */
export const daysLeft = (life: Life, now: number): number => Math.floor((end(life) - now) / DAY)

/**
 * When it is tried again after so many failures in a row (ms since 1970), soon enough for what is left of a short life.
 */
export function nextTry(failures: number, life: Life | null, now: number): number {
  const pause = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS)
  const left = life ? end(life) - now : Infinity
  return now + (left > 0 ? Math.max(HOUR, Math.min(pause, left / 4)) : pause)
}

/** How a certificate is, by its life alone. */
export function stateOf(source: 'acme' | 'own', life: Life | null, now: number): CertificateState {
  if (!life) return 'none'
  if (end(life) <= now) return 'expired'
  if (source === 'own') return end(life) - now < WARNING ? 'expiring' : 'valid'
  const renewal = renewalTime(life)
  if (now < renewal) return 'valid'
  return now < (renewal + end(life)) / 2 ? 'due' : 'expiring'
}

/**
 * The names a certificate is to have: those asked for that still are the site's, or all of them that can be proved so.
 */
export const wantedNames = (
  asked: readonly string[] | null,
  names: readonly string[],
  challenge: Challenge | null,
): string[] =>
  withoutNeedless(
    asked
      ? asked.filter((name) => isAmong(name, names))
      : names.filter((name) => challenge !== 'http-01' || !isWildcard(name)),
  )

/** Authorities refuse a name beside a wildcard that stands for it. */
const withoutNeedless = (names: readonly string[]): string[] =>
  names.filter((name) => isWildcard(name) || !names.includes(wildcardOf(name)))

/** Whether a certificate's name is one of a site's, or stands for what lies below one. */
export const isAmong = (name: string, names: readonly string[]): boolean =>
  names.includes(name) || names.includes(name.replace(/^\*\./, ''))

/** The names that should be covered and are not. */
export const missingNames = (wanted: readonly string[], covered: readonly string[]): string[] =>
  wanted.filter((name) => !covers(covered, name))

/** Whether a certificate has other names than it should, too few or too many. */
export const hasOtherNames = (wanted: readonly string[], covered: readonly string[]): boolean =>
  missingNames(wanted, covered).length > 0 || covered.some((name) => !wanted.includes(name))
