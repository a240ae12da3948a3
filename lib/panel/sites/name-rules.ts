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

/** Throws `domain_reserved` for the server's own name: a site there could speak as the panel. */
export async function refuseReservedNames(ctx: Context, spec: SiteSpec): Promise<void> {
  const { serverName } = await settings(ctx)
  const own = [serverName, canonicalDomain(machineName())]
  const reserved = namesOf(spec).find((name) => own.includes(name))
  if (reserved)
    throw new PanelError('domain_reserved', 422, `${reserved} is the name of the server itself, which the panel uses`)
}
