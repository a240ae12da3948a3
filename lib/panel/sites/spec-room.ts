import { invalidInput } from '../../model/errors.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { findSite, specBytes } from '../store/sites.ts'

/** Bytes of all specs together: the agent is told of all of them in one message, of 16 MB at most (lib/rpc). */
const MOST_OF_ALL = 12_000_000
/** Bytes of one user's: nobody takes the room of others. */
const MOST_OF_OWNER = 3_000_000
/** A usual site has room on any server. */
const SMALL = 4_096

type Field = keyof SiteSpec

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

/**
 * Refuses what people add to a site where sites have too many settings already. Throws `invalid_input` at what grows
 * most. What the panel itself has to note is never refused.
 */
export function refuseOversized(ctx: Context, spec: SiteSpec, owner: string | null): void {
  const before: Partial<SiteSpec> = findSite(ctx.db, spec.domain)?.spec ?? {}
  const growth = (Object.keys(spec) as Field[])
    .map((field) => ({ field, bytes: bytesOf(spec[field]) - bytesOf(before[field]) }))
    .sort((a, b) => b.bytes - a.bytes)
  const size = bytesOf(spec)
  if (size <= SMALL || growth.reduce((sum, { bytes }) => sum + bytes, 0) <= 0) return
  const { owned, all } = specBytes(ctx.db, spec.domain, owner)
  const { field } = growth[0]!
  if (owner !== null && owned + size > MOST_OF_OWNER)
    throw invalidInput(field, `${owner}’s sites together have more settings than fit; delete redirects of one of them`)
  if (all + size > MOST_OF_ALL)
    throw invalidInput(field, 'All sites together have more settings than fit; ask an administrator to delete some')
}
