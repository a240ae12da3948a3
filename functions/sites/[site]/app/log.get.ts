import { optional, picklist, strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { streamAppLog } from '../../../../lib/panel/apps/read-log.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Follow an app’s log: its last lines, then server-sent events',
  throws: ['not_an_app'],
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  query: strictObject({ lines: optional(picklist(['0', '20', '100', '500']), '100') }),
  stream: 'text/event-stream',
  run: ({ ctx, event, params, query }) => streamAppLog(ctx, event, params.site, Number(query.lines)),
})
