import type { DnsProvider } from '../../model/certificates/dns-providers.ts'
import type { CertificateFacts, Challenge, KeyType } from '../../model/certificates/schema.ts'
import type { Store } from './open.ts'

export interface CertificateRow {
  /** A site's domain, or `@server`. */
  subject: string
  site: string | null
  source: 'acme' | 'own'
  /** null: all names of the site, whatever they are. */
  names: string[] | null
  challenge: Challenge | null
  dnsProvider: DnsProvider | null
  keyType: KeyType
  /** null: there is none yet. */
  facts: CertificateFacts | null
  /** In a row. */
  failures: number
  nextTry: string | null
  problem: string | null
}

interface Raw {
  subject: string
  site: string | null
  source: 'acme' | 'own'
  names: string | null
  challenge: Challenge | null
  dns_provider: DnsProvider | null
  key_type: KeyType
  facts: string | null
  failures: number
  next_try: string | null
  problem: string | null
}

const toRow = ({ names, facts, dns_provider, key_type, next_try, ...raw }: Raw): CertificateRow => ({
  ...raw,
  names: names === null ? null : (JSON.parse(names) as string[]),
  facts: facts === null ? null : (JSON.parse(facts) as CertificateFacts),
  dnsProvider: dns_provider,
  keyType: key_type,
  nextTry: next_try,
})

export function findCertificate({ sqlite }: Store, subject: string): CertificateRow | null {
  const raw = sqlite.prepare('SELECT * FROM certificates WHERE subject = ?').get(subject) as Raw | undefined
  return raw ? toRow(raw) : null
}

export const listCertificates = ({ sqlite }: Store): CertificateRow[] =>
  (sqlite.prepare('SELECT * FROM certificates ORDER BY subject').all() as Raw[]).map(toRow)

/** Writes how a certificate is had, in the place of what was there. */
export function saveCertificate({ sqlite }: Store, row: CertificateRow): void {
  sqlite
    .prepare(
      `INSERT OR REPLACE INTO certificates
      (subject, site, source, names, challenge, dns_provider, key_type, facts, failures, next_try, problem)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      row.subject,
      row.site,
      row.source,
      row.names && JSON.stringify(row.names),
      row.challenge,
      row.dnsProvider,
      row.keyType,
      row.facts && JSON.stringify(row.facts),
      row.failures,
      row.nextTry,
      row.problem,
    )
}

export function removeCertificate({ sqlite }: Store, subject: string): void {
  sqlite.prepare('DELETE FROM certificates WHERE subject = ?').run(subject)
}

/** Why it could not be had; null: all is well. Nothing changes when there is no such row, nor for what is planned. */
export function noteProblem({ sqlite }: Store, subject: string, problem: string | null): void {
  sqlite.prepare('UPDATE certificates SET problem = ? WHERE subject = ?').run(problem, subject)
}

/** It could not be renewed, so many times in a row, and is tried again then. */
export function noteFailures(
  { sqlite }: Store,
  subject: string,
  { failures, nextTry, problem }: Pick<CertificateRow, 'failures' | 'nextTry' | 'problem'>,
): void {
  sqlite
    .prepare('UPDATE certificates SET failures = ?, next_try = ?, problem = ? WHERE subject = ?')
    .run(failures, nextTry, problem, subject)
}
