import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'

/** A variable of one site alone: nginx has one list of them for all. */
export const variable = ({ domain }: Pick<SiteSpec, 'domain'>, name: string): string =>
  `$${siteNames(domain).user.replaceAll('-', '_')}_${name}`
