import { isAlike, makeLogins, type Login } from '../../drivers/mariadb/index.ts'
import { failpoint } from '../../system/failpoint.ts'
import { apply, undo } from '../resources/deltas.ts'
import type { Delta } from '../resources/resource.ts'

const isNewLogin = ({ kind, before, after }: Delta): boolean => kind === 'login' && before === null && after !== null
const loginOf = ({ after }: Delta): Login => after as Login

/** Takes new logins that are alike together, where the first of them is; everything else is a step of its own. */
function stepsOf(deltas: readonly Delta[]): Delta[][] {
  const steps: Delta[][] = []
  for (const delta of deltas) {
    const like = isNewLogin(delta)
      ? steps.find(([first]) => isNewLogin(first!) && isAlike(loginOf(first!), loginOf(delta)))
      : undefined
    if (like) like.push(delta)
    else steps.push([delta])
  }
  return steps
}

const applyStep = (step: readonly Delta[]): Promise<void> =>
  step.length === 1 ? apply(step[0]!) : makeLogins(step.map((delta) => [delta.name, loginOf(delta)]))

/** Applies all; deletions come last, as they cannot be undone. A failure rolls everything else back. */
export async function applyAll(deltas: readonly Delta[]): Promise<void> {
  const done: Delta[] = []
  try {
    for (const step of stepsOf(deltas)) {
      failpoint()
      done.unshift(...step)
      await applyStep(step)
    }
  } catch (error) {
    for (const delta of done)
      await undo(delta).catch((problem: unknown) =>
        console.error(`could not roll back ${delta.kind} ${delta.name}: ${String(problem)}`),
      )
    throw error
  }
}
