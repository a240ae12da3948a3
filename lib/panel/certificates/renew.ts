import { SERVER, type CertificateFacts } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { doParts } from '../../model/parts.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { isClockInDoubt } from '../alerts/clock.ts'
import type { Context } from '../http/context.ts'
import { findCertificate, listCertificates, noteFailures, type CertificateRow } from '../store/certificates.ts'
import { hasOtherNames, missingNames, nextTry, renewalTime, wantedNames } from './due.ts'
import { askForTheRest, noteLeft } from './left-out.ts'
import { withLock } from './lock.ts'
import { findProblems, messageOf, recorded, refuseProblems, type Problem, type Try } from './request.ts'
import { removeOrphan, sweepCertificates } from './orphans.ts'
import { serve } from './serve.ts'
import { findSubject } from './subject.ts'
import { watchCertificates, type Known } from './watch.ts'

type OnProgress = (progress: Progress) => void

/** Result of a turn, for a hook's log. */
export interface Renewed {
  renewed: string[]
  failed: string[]
}

/** A certificate that was had, and is not served yet. */
interface Had {
  known: Known
  attempt: Try
  facts: CertificateFacts
  /** Names that were left out, and why. */
  left: readonly Problem[]
}

/**
 * Twice a day: renews what is due, and serves all of it with one reload. What fails holds nobody
 * up and is tried again later; what somebody should know of becomes an alert, or ends one. By a clock that may be wrong
 * every certificate may seem to be due, or have ended: it waits.
 */
export async function renewCertificates(ctx: Context, now: number): Promise<Renewed> {
  let report: Renewed = { renewed: [], failed: [] }
  await doParts({
    'the self-signed certificate': () => ctx.agent.call('certificates.selfSigned', {}),
    'certificates of sites': async () => !isClockInDoubt(ctx) && (report = await renewDue(ctx, now)),
    'certificates of no site': async () => sweepCertificates(ctx),
  })
  return report
}

async function renewDue(ctx: Context, now: number): Promise<Renewed> {
  const known = await readAll(ctx)
  const due = known.filter((each) => isDue(each, now))
  const report = await renewAll(ctx, due, now, () => {})
  watchCertificates(ctx, await readAgain(ctx, known, report), Date.now())
  return report
}

/** Has a certificate anew at once, as its site's names have changed. Throws what kept it from that. */
export async function renewNow(ctx: Context, name: string, onProgress: OnProgress): Promise<void> {
  const known = (await readAll(ctx)).filter(({ row }) => row.subject === name)
  const report = await renewAll(ctx, known, Date.now(), onProgress)
  watchCertificates(ctx, await readAgain(ctx, known, report), Date.now())
  if (report.failed.length > 0)
    throw new PanelError('renewal_failed', 422, findCertificate(ctx.db, name)?.problem ?? 'It failed')
}

/** Every certificate whose site is still there, and whether its files are. */
async function readAll(ctx: Context): Promise<Known[]> {
  const found: Omit<Known, 'broken'>[] = []
  for (const row of listCertificates(ctx.db)) {
    await findSubject(ctx, row.subject).then(
      (subject) => found.push({ row, subject }),
      (error: Error) => console.log(`${row.subject} is left alone: ${error.message}`),
    )
  }
  const versions = found.flatMap(({ row, subject }) =>
    subject.served ? [{ subject: row.subject, id: subject.served.id }] : [],
  )
  const { broken } = await ctx.agent.call('certificates.state', { versions })
  return found.map((each) => ({ ...each, broken: broken.includes(each.row.subject) }))
}

/** Reads certificates again after a turn; those that are gone meanwhile are left out. */
async function readAgain(ctx: Context, known: readonly Known[], { renewed, failed }: Renewed): Promise<Known[]> {
  const again = await Promise.all(
    known.map(async (each): Promise<Known[]> => {
      const {
        row: { subject: name },
        broken,
      } = each
      if (!renewed.includes(name) && !failed.includes(name)) return [each]
      const row = findCertificate(ctx.db, name)
      return row ? [{ row, subject: await findSubject(ctx, name), broken: broken && !renewed.includes(name) }] : []
    }),
  )
  return again.flat()
}

function isDue({ row, subject, broken }: Known, now: number): boolean {
  if (row.source !== 'acme' || !row.facts || (row.nextTry !== null && Date.parse(row.nextTry) > now)) return false
  return (
    broken ||
    now >= renewalTime(row.facts) ||
    hasOtherNames(wantedNames(row.names, subject.names, row.challenge), row.facts.names)
  )
}

async function renewAll(ctx: Context, due: readonly Known[], now: number, onProgress: OnProgress): Promise<Renewed> {
  const report: Renewed = { renewed: [], failed: [] }
  const fail = ({ row }: Known, error: unknown) => {
    noteFailures(ctx.db, row.subject, {
      failures: row.failures + 1,
      nextTry: new Date(tryAgain(row, error, now)).toISOString(),
      problem: messageOf(error),
    })
    report.failed.push(row.subject)
    console.log(`${row.subject}: ${messageOf(error)}`)
  }
  const had: Had[] = []
  await someAtATime(due, (known) =>
    withLock(known.subject.name, () => have(ctx, known, now, onProgress)).then(
      (each) => void had.push(each),
      (error: unknown) => fail(known, error),
    ),
  )
  await Promise.all(
    had.map(async ({ known, attempt, facts, left }) => {
      const {
        row: { source, names },
        subject,
      } = known
      if (!isStill(ctx, known.row)) return removeOrphan(ctx, subject.name)
      await recorded(ctx, attempt, () =>
        serve(ctx, subject, facts, { ...attempt.how, source, names }, onProgress),
      ).then(
        () => report.renewed.push(subject.name) && noteLeft(ctx, subject.name, facts, left, now),
        (error: unknown) => fail(known, error),
      )
    }),
  )
  return { renewed: report.renewed.sort(), failed: report.failed.sort() }
}

/** While certbot works for one, the next is looked at. */
const AT_A_TIME = 3

async function someAtATime<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}

/** Somebody may have removed a certificate, or put another in its place, while it and others were asked for. */
const isStill = ({ db }: Context, { subject, facts }: CertificateRow): boolean =>
  findCertificate(db, subject)?.facts?.id === facts?.id

/** An authority that says how long it wants to be left alone is. */
function tryAgain({ failures, facts }: CertificateRow, error: unknown, now: number): number {
  const asked = error instanceof PanelError ? Date.parse(String(error.details?.retryAfter)) : NaN
  return Math.max(nextTry(failures + 1, facts, now), Number.isNaN(asked) ? 0 : asked)
}

/** Leaves out names that lead elsewhere by now. Where nothing would be won, no authority is asked. */
async function have(ctx: Context, known: Known, now: number, onProgress: OnProgress): Promise<Had> {
  const { row, subject, broken } = known
  const { challenge, dnsProvider, keyType } = row
  const attempt: Try = {
    subject,
    kind: 'renewal',
    names: wantedNames(row.names, subject.names, row.challenge),
    how: { challenge, dnsProvider, keyType },
    onProgress,
    asking: false,
  }
  return recorded(ctx, attempt, async () => {
    const problems = await findProblems(ctx, attempt)
    const provable = attempt.names.filter((name) => !problems.some((problem) => problem.name === name))
    const wins =
      broken ||
      now >= renewalTime(row.facts!) ||
      missingNames(provable, row.facts!.names).length > 0 ||
      row.facts!.names.some((name) => !attempt.names.includes(name))
    if (!wins) refuseProblems(problems)
    return { known, attempt, ...(await askForTheRest(ctx, attempt, problems)) }
  })
}

/** Whether a subject's certificate has other names than it should by now. */
export function hasOldNames(ctx: Context, name: string, names: readonly string[]): boolean {
  const row = findCertificate(ctx.db, name)
  return (
    row?.source === 'acme' &&
    name !== SERVER &&
    row.facts !== null &&
    hasOtherNames(wantedNames(row.names, names, row.challenge), row.facts.names)
  )
}
