import { SERVER } from '../../model/certificates/schema.ts'
import type { Context } from '../http/context.ts'
import { listCertificates } from '../store/certificates.ts'
import { findSite, listSites } from '../store/sites.ts'

/** Deletes what an authority gave for a site that was deleted meanwhile. What cannot be deleted now is swept later. */
export async function removeOrphan(ctx: Context, subject: string): Promise<void> {
  if (subject === SERVER || findSite(ctx.db, subject)) return
  await ctx.agent
    .call('certificates.prune', { subject, current: null })
    .catch((error: Error) => console.error(`${subject}: its certificate could not be deleted: ${error.message}`))
}

/** Deletes what came for such a site while the panel was away. A site that is being renamed has two names. */
export async function sweepCertificates(ctx: Context): Promise<void> {
  const sites = listSites(ctx.db)
  if (sites.some(({ pending }) => pending === 'rename')) return
  const subjects = [...sites.map(({ spec }) => spec.domain), ...listCertificates(ctx.db).map(({ subject }) => subject)]
  await ctx.agent.call('certificates.sweep', { subjects: [...new Set([SERVER, ...subjects])] })
}
