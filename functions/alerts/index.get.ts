import { array, strictObject } from 'valibot'
import { alert, listAlerts } from '../../lib/panel/alerts/alerts.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the open alerts',
  scope: 'sites:read',
  returns: strictObject({ alerts: array(alert) }),
  run: ({ ctx, identity }) => ({ alerts: listAlerts(ctx, identity) }),
})
