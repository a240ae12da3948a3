import * as v from 'valibot'
import { operations, type Operations, type Output, type Parsed } from '../../lib/model/protocol/agent.ts'
import { covers } from '../../lib/model/certificates/pem.ts'
import { SERVER, type CertificateFacts, type Served } from '../../lib/model/certificates/schema.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { findCertificate, saveCertificate, type CertificateRow } from '../../lib/panel/store/certificates.ts'
import type { Answer, Panel } from './_harness.ts'

type Operation = keyof Operations
export type Answers = { [O in Operation]?: (input: Parsed<O>) => Output<O> | Promise<Output<O>> }

export interface Authority {
  /** Every call, in its order. */
  calls: { operation: Operation; input: Record<string, unknown> }[]
  /** The operations' names, in their order, but for looks at what is there. */
  order: () => string[]
  /** Requests to one operation. */
  asked: <O extends Operation>(operation: O) => Parsed<O>[]
  forget: () => void
  /** May be changed at any time. */
  answers: Answers
}

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

/**
 * An agent with an authority behind it that gives what it is asked for, and an nginx that serves what it was told. It
 * takes what the real one takes.
 */
export function withAuthority(ctx: Context, answers: Answers = {}): Authority {
  const live = new Map<string, Served | null>()
  const usual: Answers = {
    'certificates.check': () => ({ addresses: [], problems: [] }),
    'certificates.issue': ({ dryRun, names }) => ({ facts: dryRun ? null : newFacts(names), asked: true }),
    'certificates.keep': ({ names }) => newFacts(names),
    'certificates.answer': ({ name, port }) => {
      const served =
        port === 8080 ? live.get(SERVER) : [...live.values()].find((each) => each && covers(each.names, name))
      return { id: served?.id ?? null }
    },
    'certificates.state': () => ({ broken: [] }),
    'certificates.selfSigned': () => ({ renewed: false }),
    'sites.apply': ({ desired }) => {
      if (desired.ensure === 'present') live.set(desired.spec.domain, desired.spec.certificate)
      return { changes: [] }
    },
    'server.converge': ({ server }) => {
      live.set(SERVER, server.certificate)
      return { changes: [] }
    },
    'server.drift': () => ({ changes: [] }),
    'dns.list': () => ({ configured: [] }),
  }
  const authority: Authority = {
    calls: [],
    answers,
    order: () =>
      authority.calls.map(({ operation }) => operation).filter((operation) => operation !== 'certificates.state'),
    asked: <O extends Operation>(operation: O) =>
      authority.calls
        .filter((call) => call.operation === operation)
        .map(({ input }) => input) as unknown as Parsed<O>[],
    forget: () => void authority.calls.splice(0),
  }
  ctx.agent = {
    async call(operation, input, onProgress) {
      const parsed = v.parse(operations[operation].input, input)
      authority.calls.push({ operation, input: parsed as Record<string, unknown> })
      onProgress?.({ step: operation, percent: operation === 'certificates.check' ? 5 : 50 })
      const answer = (authority.answers[operation] ?? usual[operation] ?? (() => ({}))) as (input: unknown) => unknown
      return v.parse(operations[operation].output, await answer(parsed)) as never
    },
  }
  return authority
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
