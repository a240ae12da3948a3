import { array, strictObject } from 'valibot'
import { alert, listAlerts } from '../../lib/panel/alerts/alerts.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List what needs somebody’s attention, until it is over',
  scope: 'sites:read',
  returns: strictObject({ alerts: array(alert) }),
  run: ({ ctx, identity }) => ({ alerts: listAlerts(ctx, identity) }),
})
