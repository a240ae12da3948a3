import type { Identity } from '../../model/auth/identity.ts'
import { SERVER, type Certificate, type CertificateOverview } from '../../model/certificates/schema.ts'
import { toUnicode } from '../../model/domain.ts'
import { namesOf } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { settings } from '../settings/settings.ts'
import { getSite, getSpec, listSites } from '../sites/read.ts'
import { attemptsSince, lastFailures } from '../store/certificate-attempts.ts'
import { findCertificate, listCertificates as listRows, type CertificateRow } from '../store/certificates.ts'
import { daysLeft, missingNames, renewalTime, stateOf, wantedNames } from './due.ts'

const WEEK = 7 * 86_400_000

/** A site's certificate, or with `@server` the one of the server's name, as it really is. */
export async function getCertificate(ctx: Context, subject: string): Promise<Certificate> {
  const now = Date.now()
  const row = findCertificate(ctx.db, subject)
  const week = new Date(now - WEEK).toISOString()
  // Of a site of that name that was before, nobody is told.
  const since = subject === SERVER ? week : [week, getSite(ctx, subject).createdAt].sort()[1]!
  const attempts = attemptsSince(ctx.db, subject, since)
  const names =
    subject === SERVER
      ? [(await settings(ctx)).serverName].filter((name) => name !== null)
      : namesOf(getSpec(ctx, subject))
  const view = toOverview(row, names, now)
  const broken = row?.facts ? await isBroken(ctx, subject, row.facts.id) : false
  const renews = row?.source === 'acme' && row.facts !== null
  return {
    ...view,
    state: broken ? 'broken' : view.state,
    problem:
      row?.problem ??
      (broken
        ? 'Its files are missing or damaged, so a self-signed one stands in'
        : row
          ? null
          : (attempts[0]?.message ?? null)),
    serial: row?.facts?.serial ?? null,
    keyType: row?.facts?.keyType ?? null,
    challenge: row?.challenge ?? null,
    dnsProvider: row?.dnsProvider ?? null,
    chosenNames: row?.names ?? null,
    renewsAt: renews ? new Date(renewalTime(row.facts!)).toISOString() : null,
    nextTryAt: row?.nextTry ?? null,
    attempts,
    lastWeek: { succeeded: attempts.filter(({ ok }) => ok).length, failed: attempts.filter(({ ok }) => !ok).length },
  }
}

/** Without its agent nobody can tell; then what the store says has to do. */
const isBroken = (ctx: Context, subject: string, id: string): Promise<boolean> =>
  ctx.agent.call('certificates.state', { versions: [{ subject, id }] }).then(
    ({ broken }) => broken.length > 0,
    () => false,
  )

/**
 * How the certificates of all sites stand that somebody sees, and for administrators the server's own. From the store
 * alone.
 */
export async function listCertificates(ctx: Context, viewer: Identity): Promise<CertificateOverview[]> {
  const now = Date.now()
  const rows = new Map(listRows(ctx.db).map((row) => [row.subject, row]))
  const { serverName } = await settings(ctx)
  const failures = lastFailures(ctx.db, new Date(now - WEEK).toISOString())
  const sites = listSites(ctx, viewer).map((site) => ({
    subject: site.domain,
    unicodeDomain: site.unicodeDomain,
    names: namesOf(site),
    createdAt: site.createdAt,
  }))
  const server =
    serverName && viewer.role === 'admin' && !viewer.site
      ? [{ subject: SERVER, unicodeDomain: toUnicode(serverName), names: [serverName], createdAt: '' }]
      : []
  return [...server, ...sites].map(({ subject, unicodeDomain, names, createdAt }) => {
    const [row, failure] = [rows.get(subject) ?? null, failures.get(subject)]
    const view = toOverview(row, names, now)
    return {
      subject,
      unicodeDomain,
      ...view,
      problem: row || !failure || failure.at < createdAt ? view.problem : failure.message,
    }
  })
}

function toOverview(
  row: CertificateRow | null,
  names: readonly string[],
  now: number,
): Omit<CertificateOverview, 'subject' | 'unicodeDomain'> {
  const facts = row?.facts ?? null
  return {
    state: row ? stateOf(row.source, facts, now) : 'none',
    source: row?.source ?? null,
    names: facts?.names ?? [],
    missingNames: facts
      ? missingNames(wantedNames(row!.source === 'own' ? null : row!.names, names, null), facts.names)
      : [],
    issuer: facts?.issuer ?? null,
    notBefore: facts?.notBefore ?? null,
    notAfter: facts?.notAfter ?? null,
    daysLeft: facts ? daysLeft(facts, now) : null,
    problem: row?.problem ?? null,
    warning: facts?.privateAuthority ? privateWarning(facts.issuer) : null,
  }
}

const privateWarning = (issuer: string): string =>
  `Browsers do not know the authority ${issuer}: visitors who come directly to this server see a warning. That is ` +
  'right for the origin certificate of a CDN; else get a certificate here'
