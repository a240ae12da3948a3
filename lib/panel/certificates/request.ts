import type { CertificateFacts } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import type { Context } from '../http/context.ts'
import { settings } from '../settings/settings.ts'
import { addAttempt, type Attempt } from '../store/certificate-attempts.ts'
import type { CertificateRow } from '../store/certificates.ts'
import { refuseOverLimit } from './limits.ts'
import type { Subject } from './subject.ts'

type OnProgress = (progress: Progress) => void

/** How a certificate is to be had. */
export type How = Pick<CertificateRow, 'challenge' | 'dnsProvider' | 'keyType'>

export interface Problem {
  name: string
  code: string
  message: string
}

/**
 * One try to have a certificate. What an authority gave is written down at once, as it counts; what fails, where it
 * failed.
 */
export interface Try {
  subject: Subject
  kind: Attempt['kind']
  names: readonly string[]
  how: How
  onProgress: OnProgress
  /** Whether a failure now would be the authority's. */
  asking: boolean
  /** The addresses by which it would come. */
  addresses?: string[]
}

/** Writes down that a try failed, and why. */
export async function recorded<T>(ctx: Context, attempt: Try, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    addAttempt(ctx.db, {
      ...attempted(attempt),
      asked: attempt.asking,
      ok: false,
      code: codeOf(error),
      message: messageOf(error),
    })
    throw error
  }
}

const attempted = ({ subject, kind, names }: Try) => ({
  subject: subject.name,
  kind,
  names,
  at: new Date().toISOString(),
})

/** The addresses by which authorities have come, the newest first. */
const WAYS = 'certificates:addresses'
const MOST_WAYS = 50
const waysHere = async (ctx: Context): Promise<string[]> => (await ctx.kv.get<string[]>(WAYS, Date.now())) ?? []

/**
 * Which names an authority would not find its proof for. By DNS it needs nothing of this server. A person may have
 * moved the server to other addresses; a renewal goes by those an authority has come by before.
 */
export async function findProblems(ctx: Context, attempt: Try): Promise<Problem[]> {
  const { names, how, kind, onProgress } = attempt
  if (how.challenge !== 'http-01') return []
  const { resolvers } = await settings(ctx)
  const known = kind === 'renewal' ? await waysHere(ctx) : []
  const { addresses, problems } = await ctx.agent.call(
    'certificates.check',
    { names: [...names], resolvers, known },
    onProgress,
  )
  attempt.addresses = addresses
  return problems
}

/** Throws the first problem, with all of them in its message. */
export function refuseProblems(problems: readonly Problem[]): void {
  const [first] = problems
  if (!first) return
  const message = [...new Set(problems.map((problem) => problem.message))].join('\n')
  throw PanelError.relay({
    code: first.code,
    status: 422,
    message,
    details: { names: problems.map(({ name }) => name) },
  })
}

/**
 * Has the authority give a certificate; a person's request is tried with its staging server first. Throws what the
 * agent does, and `certificate_limit`.
 */
export async function ask(ctx: Context, attempt: Try): Promise<CertificateFacts> {
  const { subject, names, how, kind, onProgress } = attempt
  const { acme } = await settings(ctx)
  const order = {
    subject: subject.name,
    names: [...names],
    challenge: how.challenge!,
    dnsProvider: how.dnsProvider,
    account: subject.account,
    keyType: how.keyType,
    current: subject.served?.id ?? null,
    email: acme.email,
    caFile: acme.caFile,
  }
  refuseOverLimit(ctx, names, Date.now())
  if (kind === 'request' && acme.stagingDirectory) {
    await ctx.agent.call(
      'certificates.issue',
      { ...order, server: acme.stagingDirectory, dryRun: true },
      within(onProgress, 10, 40),
    )
  }
  attempt.asking = true
  const { facts, asked } = await ctx.agent.call(
    'certificates.issue',
    { ...order, server: acme.directory, dryRun: false },
    within(onProgress, 45, 80),
  )
  attempt.asking = false
  if (attempt.addresses?.length)
    await ctx.kv.set(WAYS, [...new Set([...attempt.addresses, ...(await waysHere(ctx))])].slice(0, MOST_WAYS), null)
  addAttempt(ctx.db, { ...attempted(attempt), asked, ok: true, code: null, message: null })
  return facts!
}

/** Puts an operation's own percentages into a part of the whole. */
const within =
  (onProgress: OnProgress, from: number, to: number): OnProgress =>
  ({ percent, ...progress }) =>
    onProgress({ ...progress, percent: from + (percent / 100) * (to - from) })

const codeOf = (error: unknown): string => (error instanceof PanelError ? error.code : 'internal_error')
export const messageOf = (error: unknown): string =>
  error instanceof PanelError ? error.message : 'It failed inside the panel; its log says why'
