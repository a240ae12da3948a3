import type { Operations, operations } from '../model/protocol/agent.ts'
import type { Implementations } from '../model/protocol/define.ts'
import { answer, certificateState, issue, keepOwn, keepSelfSigned, prune, sweep } from './certificates/certificates.ts'
import { checkNames } from './certificates/check.ts'
import { keepAlive, runExclusive } from './converge/queues.ts'

type Own = Extract<keyof Operations, `certificates.${string}`>

/** Implements the operations about certificates. */
export const certificateOperations: Pick<Implementations<typeof operations>, Own> = {
  'certificates.check': (input, onProgress) => keepAlive(() => checkNames(input, onProgress)),
  'certificates.issue': (input, onProgress) => keepAlive(() => issue(input, onProgress)),
  'certificates.keep': keepOwn,
  'certificates.state': certificateState,
  'certificates.answer': async ({ name, port }) => ({ id: await answer(name, port) }),
  'certificates.prune': prune,
  'certificates.sweep': sweep,
  'certificates.selfSigned': async () => ({ renewed: await runExclusive(keepSelfSigned) }),
}
