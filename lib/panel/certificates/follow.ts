import type { Site } from '../../model/sites/schema.ts'
import { namesOf } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { isBusy } from './lock.ts'
import { hasOldNames, renewNow } from './renew.ts'

/** After a site's names have changed its certificate does too, as a job of whoever changed them. */
export function followNames<S extends Site>(ctx: Context, site: S, actor: string): S {
  if (hasOldNames(ctx, site.domain, namesOf(site)) && !isBusy(site.domain)) {
    const path = `/sites/${encodeURIComponent(site.domain)}/certificate`
    const job = { name: 'Renew the certificate for new names', path, subject: site.domain, site: site.domain, actor }
    ctx.jobs.start(job, async ({ progress }) => renewNow(ctx, site.domain, progress))
  }
  return site
}
