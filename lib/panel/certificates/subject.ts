import { setTimeout as sleep } from 'node:timers/promises'
import { SERVER, type Served } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import { namesOf } from '../../model/sites/names.ts'
import { changeServerCertificate, planServerCertificate } from '../drift/change-settings.ts'
import type { Context } from '../http/context.ts'
import { readServerSpec } from '../settings/settings.ts'
import { applySite, planSite } from '../sites/change.ts'
import { getSite, getSpec } from '../sites/read.ts'
import { findUser } from '../store/users.ts'
import { accountOf } from './dns.ts'

/** Subject of a certificate: a site, or the server's own name. */
export interface Subject {
  /** The site's domain, or `@server`. */
  name: string
  site: string | null
  /** Name and port that are asked to see whether it is served. */
  primary: string
  port: 443 | 8080
  /** Every name it answers to. */
  names: string[]
  served: Served | null
  /** Account whose credentials write into its DNS. */
  account: string
  /** Plans the end of serving one. */
  planRemoval: () => Promise<Change[]>
  /** Has nginx serve this one, checked and live. */
  serve: (served: Served | null) => Promise<void>
}

/** Throws `site_not_found`; for the server `server_name_missing` while it has none. */
export const findSubject = (ctx: Context, name: string): Promise<Subject> =>
  name === SERVER ? server(ctx) : Promise.resolve(site(ctx, name))

function site(ctx: Context, domain: string): Subject {
  const { owner } = getSite(ctx, domain)
  const person = owner && findUser(ctx.db, owner)
  const spec = getSpec(ctx, domain)
  return {
    name: domain,
    site: domain,
    primary: domain,
    port: 443,
    names: namesOf(spec),
    served: spec.certificate,
    account: person ? accountOf(person) : '@admin',
    planRemoval: () => planSite(ctx, { ...spec, certificate: null }, 'update'),
    serve: (served) =>
      retryWhileBusy(async () => {
        const current = getSpec(ctx, domain)
        const spec = { ...current, certificate: served, hsts: current.hsts && served !== null }
        await applySite(ctx, spec, 'update', getSite(ctx, domain).owner, true)
      }),
  }
}

async function server(ctx: Context): Promise<Subject> {
  const { serverName, certificate } = await readServerSpec(ctx)
  if (!serverName)
    throw new PanelError(
      'server_name_missing',
      409,
      'The server has no name yet; give it one on the Server page, with a DNS record that leads here',
    )
  return {
    name: SERVER,
    site: null,
    primary: serverName,
    port: 8080,
    names: [serverName],
    served: certificate,
    account: '@admin',
    planRemoval: () => planServerCertificate(ctx, null),
    serve: async (served) => void (await changeServerCertificate(ctx, served)),
  }
}

/** How long a change of the same site may be under way meanwhile (ms). */
const LIVE_TIMEOUT_MS = 60_000

async function retryWhileBusy(work: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + LIVE_TIMEOUT_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof PanelError && error.code === 'site_busy') || performance.now() > deadline) throw error
      await sleep(200)
    }
  }
}
