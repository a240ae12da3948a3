import { covers } from '../../lib/model/wildcard.ts'
import { SERVER, type CertificateFacts, type Served } from '../../lib/model/certificates/schema.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { findCertificate, saveCertificate, type CertificateRow } from '../../lib/panel/store/certificates.ts'
import { withAgent, type Answers, type FakeAgent } from './_agent.ts'
import type { Answer, Panel } from './_harness.ts'

export const DAY = 86_400_000

let made = 0
/** A certificate for 90 days that began so many days ago. */
export const newFacts = (names: readonly string[], age = 0): CertificateFacts => {
  const begin = Math.floor(Date.now() / 1000) * 1000 - age * DAY
  return {
    id: (++made).toString(16).padStart(32, '0'),
    names: [...names],
    issuer: 'R3',
    serial: String(made),
    keyType: 'ecdsa',
    notBefore: new Date(begin).toISOString(),
    notAfter: new Date(begin + 90 * DAY).toISOString(),
  }
}

/** An agent with an authority behind it that gives what it is asked for, and an nginx that serves what it was told. */
export function withAuthority(ctx: Context, answers?: Answers): FakeAgent {
  const live = new Map<string, Served | null>()
  const usual: Answers = {
    'certificates.check': (_input, { progress }) => {
      progress({ step: 'certificates.check', percent: 5 })
      return { addresses: [], problems: [] }
    },
    'certificates.issue': ({ dryRun, names }, { progress }) => {
      progress({ step: 'certificates.issue', percent: 50 })
      return { facts: dryRun ? null : newFacts(names), asked: true }
    },
    'certificates.keep': ({ names }) => newFacts(names),
    'certificates.answer': ({ name, port }) => {
      const served =
        port === 8080 ? live.get(SERVER) : [...live.values()].find((each) => each && covers(each.names, name))
      return { id: served?.id ?? null }
    },
    'certificates.state': () => ({ broken: [] }),
    'certificates.sweep': () => ({ removed: [] }),
    'certificates.selfSigned': () => ({ renewed: false }),
    'sites.apply': ({ desired }) => {
      if (desired.ensure === 'present') live.set(desired.spec.domain, desired.spec.certificate)
      return { changes: [] }
    },
    'server.converge': ({ server }) => {
      live.set(SERVER, server.certificate)
      return { changes: [] }
    },
    'dns.list': () => ({ configured: [] }),
  }
  return withAgent(ctx, answers, { usual, looks: ['certificates.state', 'certificates.sweep'] })
}

/** Has a site serve a certificate that is so many days old, as a POST would have left it. */
export function putCertificate(
  { ctx }: Panel,
  domain: string,
  more: Partial<CertificateRow> & { age?: number; covered?: string[] } = {},
): CertificateFacts {
  const { age = 0, covered = [domain], ...row } = more
  const facts = newFacts(covered, age)
  const set = "UPDATE sites SET spec = json_set(spec, '$.certificate', json(?)) WHERE domain = ?"
  ctx.db.sqlite.prepare(set).run(JSON.stringify({ id: facts.id, names: facts.names }), domain)
  saveCertificate(ctx.db, {
    subject: domain,
    site: domain,
    source: 'acme',
    names: null,
    challenge: 'http-01',
    dnsProvider: null,
    keyType: 'ecdsa',
    facts,
    failures: 0,
    nextTry: null,
    problem: null,
    ...row,
  })
  return facts
}

/** Calls a function of a site's certificate; of long work it waits for the end. */
export const certificateOf =
  ({ call }: Panel, domain: string) =>
  (method: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    call(`${method} /api/sites/{site}/certificate`, {
      path: `/api/sites/${domain}/certificate`,
      body,
      headers: { prefer: 'wait=20', ...headers },
    })

export const rowOf = ({ ctx }: Panel, subject: string): CertificateRow | null => findCertificate(ctx.db, subject)

/** The names that the DNS leads elsewhere. */
export const elsewhere =
  (...names: string[]): Answers['certificates.check'] =>
  ({ names: asked }) => ({
    addresses: [],
    problems: names
      .filter((name) => asked.includes(name))
      .map((name) => ({ name, code: 'dns_elsewhere', message: `${name} is elsewhere.` })),
  })
