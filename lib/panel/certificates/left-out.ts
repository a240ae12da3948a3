import type { CertificateFacts } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { noteFailures } from '../store/certificates.ts'
import { nextTry } from './due.ts'
import { ask, refuseProblems, type Problem, type Try } from './request.ts'

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

interface Had {
  facts: CertificateFacts
  /** Names that were left out, and why. */
  left: readonly Problem[]
}

/**
 * Has the authority give a certificate for the names that lead here; where it does not find the proof of some, it is
 * asked once more for the rest. Throws what `ask` does.
 */
export async function askForTheRest(ctx: Context, attempt: Try, problems: readonly Problem[]): Promise<Had> {
  attempt.names = leaveOut(attempt, problems)
  tellLeft(attempt, problems)
  try {
    return { facts: await ask(ctx, attempt), left: problems }
  } catch (error) {
    const unproved = unprovedIn(error, attempt)
    if (unproved.length === 0) throw error
    attempt.names = leaveOut(attempt, unproved)
    tellLeft(attempt, unproved)
    return { facts: await ask(ctx, attempt), left: [...problems, ...unproved] }
  }
}

function unprovedIn(error: unknown, { names }: Try): Problem[] {
  if (!(error instanceof PanelError) || !Array.isArray(error.details?.names)) return []
  const { code, message, details } = error
  return names.filter((name) => (details.names as string[]).includes(name)).map((name) => ({ name, code, message }))
}

function tellLeft({ onProgress }: Try, problems: readonly Problem[]): void {
  if (problems.length > 0)
    onProgress({
      step: `Leaving out ${problems.map(({ name }) => name).join(', ')} for now`,
      percent: 10,
      output: wordsOf(problems),
    })
}

const wordsOf = (problems: readonly Problem[]): string =>
  [...new Set(problems.map(({ message }) => message))].join('\n')

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
      problem: wordsOf(problems),
    })
}
