import { describeSession } from '../../lib/panel/auth/session.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { sessionInfo } from './_session.ts'

export default defineFunction({
  summary: 'Tell who is signed in',
  returns: sessionInfo,
  run: ({ identity }) => describeSession(identity),
})
