import * as v from 'valibot'
import { databaseName } from '../../../lib/model/databases/schema.ts'
import { signOn } from '../../../lib/panel/adminer/adminer.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Open a database in Adminer: answers a link that works once, within a minute',
  throws: ['databases.account'],
  perMinute: 60,
  access: 'user',
  scope: 'databases:write',
  audit: 'database.sign-on',
  params: v.strictObject({ db: databaseName }),
  returns: v.strictObject({ url: v.string() }),
  run: ({ ctx, event, identity, params }) => signOn(ctx, event, identity, params.db),
})
