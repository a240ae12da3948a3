import { isDeepStrictEqual } from 'node:util'
import type { Identity } from '../../model/auth/identity.ts'
import { invalidInput, PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import { namesOf } from '../../model/sites/names.ts'
import { renamed, type NewDomain, type RenameNote } from '../../model/sites/rename.ts'
import type { Site, SiteSpec } from '../../model/sites/schema.ts'
import { refuseBusy as refuseBusyApp } from '../apps/lock.ts'
import { restartApp } from '../apps/run.ts'
import { refuseBusy as refuseBusyCertificate } from '../certificates/lock.ts'
import type { Context } from '../http/context.ts'
import { readServerSpec } from '../settings/settings.ts'
import { finish } from '../sites/change.ts'
import { mayOverlap, refuseReservedNames } from '../sites/name-rules.ts'
import { getSite, getSpec } from '../sites/read.ts'
import { refuseRedirects } from '../sites/redirects.ts'
import { refuseContradictions } from '../sites/spec.ts'
import { findApp } from '../store/apps.ts'
import { findCertificate } from '../store/certificates.ts'
import { beginRename, refuseBusySite } from '../store/rename-site.ts'
import { refuseTakenNames } from '../store/site-names.ts'
import { notesOf } from './notes.ts'

/** Most aliases that a site may have. */
const MOST_ALIASES = 100

/** Shows what another domain would change, first what somebody has to look at afterwards. */
export async function planRename(ctx: Context, from: string, wanted: NewDomain, identity: Identity): Promise<Change[]> {
  const { spec, notes } = await prepare(ctx, from, wanted, identity)
  const { changes } = await ctx.agent.call('sites.plan', {
    desired: { ensure: 'present', spec, from },
    server: await readServerSpec(ctx),
  })
  return [
    ...notes.map(({ name, note }): Change => ({ action: 'update', kind: 'setting', name, summary: note })),
    ...changes,
  ]
}

/**
 * Gives a site another domain, with all that it has, or leaves it as it was. An app that ran is started anew. Throws
 * `domain_taken`, `domain_reserved`, `site_busy` and the agent's refusals.
 */
export async function renameSite(
  ctx: Context,
  from: string,
  wanted: NewDomain,
  identity: Identity,
): Promise<Site & { notes: RenameNote[] }> {
  const before = getSpec(ctx, from)
  const { spec, owner, names, notes } = await prepare(ctx, from, wanted, identity)
  // A change that was made meanwhile must not be taken back.
  if (!isDeepStrictEqual(before, getSpec(ctx, from))) return renameSite(ctx, from, wanted, identity)
  const app = findApp(ctx.db, from)
  beginRename(ctx.db, { from, spec, names, owner, overlap: mayOverlap(identity) }, new Date().toISOString())
  await finish(ctx, { ensure: 'present', spec, from })
  if (app && needsStart(spec, app.status)) startAgain(ctx, spec.domain, identity.username)
  return { ...getSite(ctx, spec.domain), notes }
}

interface Prepared {
  spec: SiteSpec
  owner: string | null
  /** All names, before and after. */
  names: string[]
  notes: RenameNote[]
}

async function prepare(ctx: Context, from: string, wanted: NewDomain, identity: Identity): Promise<Prepared> {
  if (identity.site) throw new PanelError('not_allowed', 403, `This token is for the site ${identity.site} alone`)
  const [before, { owner }] = [getSpec(ctx, from), getSite(ctx, from)]
  if (wanted.domain === from) throw invalidInput('domain', 'This is the site’s domain already. Write another one')
  const spec = renamed(before, wanted)
  if (spec.aliases.length > MOST_ALIASES)
    throw invalidInput('keepOldName', `A site has at most ${MOST_ALIASES} aliases. Remove one, or choose "no"`)
  refuseContradictions(spec)
  refuseRedirects(spec)
  await refuseReservedNames(ctx, spec, before)
  const names = [...new Set([...namesOf(spec), ...namesOf(before)])]
  refuseTakenNames(ctx.db, names, { site: from, owner, overlap: mayOverlap(identity) })
  refuseBusyApp(from)
  refuseBusyCertificate(from)
  refuseBusySite(ctx.db, from)
  return { spec, owner, names, notes: notesOf(before, spec, findCertificate(ctx.db, from)?.source ?? null) }
}

/** A sleeping Node app wakes by itself; programs of Python's environment name their former folder until a start. */
const needsStart = ({ runtime, enabled, storage }: SiteSpec, status: string): boolean =>
  enabled && storage !== 'over' && (status === 'running' || (status === 'asleep' && runtime === 'python'))

/** Takes as long as the app does; its visitors wait meanwhile. */
function startAgain(ctx: Context, domain: string, actor: string): void {
  const path = `/sites/${encodeURIComponent(domain)}/app/restart`
  const job = { name: 'Start the app under its new domain', path, subject: domain, site: domain, actor }
  ctx.jobs.start(job, async ({ progress }) => restartApp(ctx, domain, progress))
}
