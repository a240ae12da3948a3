import type { CertificateFacts } from '../../model/certificates/schema.ts'
import type { Context } from '../http/context.ts'
import { noteFailures } from '../store/certificates.ts'
import { nextTry } from './due.ts'
import { refuseProblems, type Problem, type Try } from './request.ts'

/**
 * Leaves names out that an authority would not find its proof for: nobody who asks for them comes here, and the others
 * should not go without a certificate over them. Throws their problems when the first name is among them, or none is
 * left.
 */
export function leaveOut({ names, subject: { primary } }: Try, problems: readonly Problem[]): string[] {
  const left = names.filter((name) => !problems.some((problem) => problem.name === name))
  if (left.length === 0 || problems.some(({ name }) => name === primary)) refuseProblems(problems)
  return left
}

/** Names that were left out are looked at again before long. */
export function noteLeft(
  ctx: Context,
  subject: string,
  facts: CertificateFacts,
  problems: readonly Problem[],
  now: number,
): void {
  if (problems.length > 0)
    noteFailures(ctx.db, subject, {
      failures: 1,
      nextTry: new Date(nextTry(1, facts, now)).toISOString(),
      problem: problems.map(({ message }) => message).join('\n'),
    })
}
