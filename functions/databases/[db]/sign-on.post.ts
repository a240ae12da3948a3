import * as v from 'valibot'
import { databaseName } from '../../../lib/databases/schema.ts'
import { signOn } from '../../../lib/databases/tool.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Open a database in Adminer: answers a link that works once, for a minute',
  perMinute: 60,
  access: 'person',
  scope: 'databases:write',
  audit: 'database.sign-on',
  params: v.strictObject({ db: databaseName }),
  returns: v.strictObject({ url: v.string() }),
  run: ({ ctx, event, identity, params }) => signOn(ctx, event, identity!, params.db),
})
