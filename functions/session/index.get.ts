import { defineFunction } from '../../lib/function/define.ts'
import { describeSession } from '../../lib/auth/session.ts'
import { sessionInfo } from './_session.ts'

export default defineFunction({
  summary: 'Tell who is signed in',
  returns: sessionInfo,
  run: ({ identity }) => describeSession(identity!),
})
