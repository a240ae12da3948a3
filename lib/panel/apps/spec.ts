import type { AppSpec } from '../../model/apps/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { getSpec } from '../sites/read.ts'

/** A site's spec when it has an app. Throws `not_an_app`. */
export function appOf(ctx: Context, domain: string): SiteSpec & { app: AppSpec } {
  const spec = getSpec(ctx, domain)
  if (!spec.app)
    throw new PanelError(
      'not_an_app',
      409,
      `${domain} is a ${spec.runtime} site; only Node and Python sites have an app`,
    )
  return spec as SiteSpec & { app: AppSpec }
}
