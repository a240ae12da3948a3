import { hostname as machineName } from 'node:os'
import type { Identity } from '../../model/auth/identity.ts'
import { canonicalDomain } from '../../model/domain.ts'
import { PanelError } from '../../model/errors.ts'
import { namesOf } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { settings } from '../settings/settings.ts'
import { refuseTakenNames as refuseTaken } from '../store/site-names.ts'

/** Claim to a site's names. */
export interface Claim {
  owner: string | null
  /** Whether they may be below another user's wildcard, or above another user's names. */
  overlap?: boolean
}

/** Only administrators let users' names overlap. */
export const mayOverlap = ({ role, site }: Identity): boolean => role === 'admin' && site === null

/** Throws `domain_taken` when another site already answers to one of these names; for a new site, when any does. */
export const refuseTakenNames = (
  { db }: Context,
  spec: SiteSpec,
  change: 'create' | 'update',
  { owner, overlap = false }: Claim,
): void => refuseTaken(db, namesOf(spec), { site: change === 'create' ? null : spec.domain, owner, overlap })

/**
 * Throws `domain_reserved` when a site would get the server's own name: it could speak as the panel there. Names that
 * it had before stay, as a server may be named after a site later.
 */
export async function refuseReservedNames(ctx: Context, spec: SiteSpec, before?: SiteSpec): Promise<void> {
  const { serverName } = await settings(ctx)
  const [own, kept] = [[serverName, canonicalDomain(machineName())], before ? namesOf(before) : []]
  const reserved = namesOf(spec).find((name) => own.includes(name) && !kept.includes(name))
  if (reserved)
    throw new PanelError(
      'domain_reserved',
      422,
      `${reserved} is the name of the server itself, which the panel uses. Use another name for the site, or name ` +
        `the server anew first: on the Server page, or with hostnamectl`,
    )
}
