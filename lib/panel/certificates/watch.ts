import type { Context } from '../http/context.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import { attemptsSince } from '../store/certificate-attempts.ts'
import type { CertificateRow } from '../store/certificates.ts'
import { alertFor, alertKey } from './alert.ts'
import type { Subject } from './subject.ts'

/** A certificate, what it is for, and whether its files are gone. */
export interface Known {
  row: CertificateRow
  subject: Subject
  broken: boolean
}

const WEEK = 7 * 86_400_000

/** Raises an alert for each certificate that somebody should look at, and ends those that are over. */
export function watchCertificates(ctx: Context, known: readonly Known[], now: number): void {
  for (const { row, subject, broken } of known) {
    const key = alertKey(row.subject)
    const alert = alertFor(row, subject.names, broken, leadsElsewhere(ctx, row, now), now)
    if (alert) raiseAlert(ctx.db, { ...alert, key, site: row.site, since: new Date(now).toISOString() })
    else resolveAlert(ctx.db, key)
  }
}

const leadsElsewhere = (ctx: Context, { subject, failures }: CertificateRow, now: number): boolean =>
  failures > 0 &&
  ['dns_elsewhere', 'dns_missing'].includes(
    attemptsSince(ctx.db, subject, new Date(now - WEEK).toISOString())[0]?.code ?? '',
  )
