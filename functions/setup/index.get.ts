import { boolean, strictObject } from 'valibot'
import { setupNeeded } from '../../lib/panel/auth/setup.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Tell whether the first administrator is missing',
  access: 'public',
  returns: strictObject({ needed: boolean() }),
  run: ({ ctx }) => ({ needed: setupNeeded(ctx) }),
})
