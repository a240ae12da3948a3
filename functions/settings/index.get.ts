import { serverSpec } from '../../lib/agent/protocol.ts'
import { defineFunction } from '../../lib/function/define.ts'
import { settings } from '../../lib/settings/settings.ts'

export default defineFunction({
  summary: 'Show the server’s settings',
  scope: 'server:read',
  returns: serverSpec,
  run: ({ ctx }) => settings(ctx),
})
