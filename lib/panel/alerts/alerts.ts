import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { seesSite } from '../auth/ownership.ts'
import type { Context } from '../http/context.ts'
import { listAlerts as listRows } from '../store/alerts.ts'
import { ownerOf } from '../store/sites.ts'

export const alert = v.strictObject({
  key: v.string(),
  /** The site it is about; null: the server. */
  site: v.nullable(v.string()),
  severity: v.picklist(['warning', 'critical']),
  message: v.string(),
  since: v.string(),
})
export type Alert = v.InferOutput<typeof alert>

/** Lists alerts: of the server for administrators, of their sites for everybody. */
export const listAlerts = (ctx: Context, viewer: Identity): Alert[] =>
  listRows(ctx.db).filter(({ site }) =>
    site === null
      ? viewer.role === 'admin' && !viewer.site
      : seesSite(viewer, { domain: site, owner: ownerOf(ctx.db, site) }),
  )
