import { SERVER } from '../../model/certificates/schema.ts'
import { toUnicode } from '../../model/domain.ts'
import type { AlertRow } from '../store/alerts.ts'
import type { CertificateRow } from '../store/certificates.ts'
import { daysLeft, missingNames, stateOf, wantedNames } from './due.ts'

/** Days before an end at which a warning becomes urgent. */
const URGENT = 7

export const alertKey = (subject: string): string => `certificate:${subject}`

type Alert = Pick<AlertRow, 'severity' | 'message'>

/**
 * Finds what people should know of a certificate; null when nothing. Of one that renews itself they hear at its second
 * failure, weeks before it ends; at once when the domain leads elsewhere, as then nobody is asked any more. Pure.
 */
export function alertFor(
  row: CertificateRow,
  names: readonly string[],
  broken: boolean,
  elsewhere: boolean,
  now: number,
): Alert | null {
  const { facts, problem, source } = row
  const name = row.subject === SERVER ? 'The server’s own name' : toUnicode(row.subject)
  const why = problem ? ` ${problem}` : ''
  if (!facts) return null
  const days = daysLeft(facts, now)
  const state = stateOf(source, facts, now)
  const severity = days < URGENT ? 'critical' : 'warning'
  if (broken)
    return {
      severity: 'critical',
      message:
        `${name}: the files of its certificate are missing or damaged, so visitors get a self-signed ` +
        `one.${why || ' Get or enter it again.'}`,
    }
  if (state === 'expired')
    return {
      severity: 'critical',
      message: `${name}: its certificate expired on ${facts.notAfter.slice(0, 10)}.${why}`,
    }
  if (source === 'own')
    return state === 'expiring'
      ? {
          severity,
          message: `${name}: its certificate expires in ${days} days. Enter the next one, or let the panel get one`,
        }
      : null
  if (state === 'expiring' || (state === 'due' && (elsewhere || row.failures > 1))) {
    return {
      severity,
      message:
        `${name}: its certificate expires in ${days} days and could not be ` +
        `renewed${elsewhere ? '; no authority is asked until that is repaired' : ''}.${why}`,
    }
  }
  const missing = missingNames(wantedNames(row.names, names, row.challenge), facts.names)
  if (missing.length > 0 && row.failures > 0)
    return {
      severity: 'warning',
      message: `${name}: its certificate does not cover ${missing.map(toUnicode).join(', ')}.${why}`,
    }
  return null
}
