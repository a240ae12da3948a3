import { letsEncrypt } from '../../model/certificates/acme.ts'
import { SERVER, type Served } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { ServerSpec } from '../../model/protocol/desired.ts'
import type { Context } from '../http/context.ts'
import { askSurely } from '../pending-changes/outcome.ts'
import { applyDurably, enqueue } from '../pending-changes/pending-changes.ts'
import { refuseOwnAddresses } from '../sites/own-addresses.ts'
import { readServerSpec, saveSettings, settings, type Settings, type SettingsChanges } from '../settings/settings.ts'
import { findCertificate, removeCertificate } from '../store/certificates.ts'
import { nameOwners } from '../store/site-names.ts'
import { convergeTo, planTo } from './converge.ts'

/** Settings that are applied before they are kept. */
type Desired = Settings & Pick<ServerSpec, 'certificate'>

/** Plans new settings. */
export async function planSettings(ctx: Context, changes: SettingsChanges): Promise<Change[]> {
  refuseOwnAddresses(changes.trustedProxies ?? [])
  return planTo(ctx, specOf(await merge(ctx, changes)))
}

/** Makes new settings true, then keeps them: the machine may refuse. */
export async function changeSettings(ctx: Context, changes: SettingsChanges): Promise<Settings> {
  refuseOwnAddresses(changes.trustedProxies ?? [])
  return enqueue(async () => applyDurably(ctx, 'settings', await merge(ctx, changes), applySettings))
}

/** Plans another certificate for the server's name. */
export const planServerCertificate = async (ctx: Context, certificate: Served | null): Promise<Change[]> =>
  planTo(ctx, specOf({ ...(await merge(ctx, {})), certificate }))

/** Serves another certificate for the server's name. */
export const changeServerCertificate = (ctx: Context, certificate: Served | null): Promise<Settings> =>
  enqueue(async () => applyDurably(ctx, 'settings', { ...(await merge(ctx, {})), certificate }, applySettings, true))

export async function applySettings(ctx: Context, desired: Desired): Promise<Settings> {
  // Where certificates come from changes nothing on the machine.
  if (JSON.stringify(specOf(desired)) !== JSON.stringify(await readServerSpec(ctx))) {
    await askSurely(() => convergeTo(ctx, specOf(desired)))
  }
  if (desired.serverName === null && findCertificate(ctx.db, SERVER)) {
    removeCertificate(ctx.db, SERVER)
    await ctx.agent.call('certificates.prune', { subject: SERVER, current: null })
  }
  return saveSettings(ctx, desired)
}

const specOf = ({ serverName, resolvers, trustedProxies, certificate }: Desired): ServerSpec => ({
  serverName,
  resolvers,
  trustedProxies: trustedProxies ?? [],
  certificate,
})

async function merge(ctx: Context, { acme, ...changes }: SettingsChanges): Promise<Desired> {
  const { serverName } = changes
  if (serverName) refuseTakenName(ctx, serverName)
  const current = await settings(ctx)
  const { certificate } = await readServerSpec(ctx)
  // Without a name there is nothing a certificate could be for.
  return {
    ...current,
    certificate: serverName === null ? null : certificate,
    ...changes,
    acme: { ...current.acme, ...(acme?.directory && stagingOf(acme.directory)), ...acme },
  }
}

function refuseTakenName(ctx: Context, serverName: string): void {
  const [taken] = nameOwners(ctx.db, [serverName])
  if (taken) throw new PanelError('domain_taken', 409, `${taken.name} already belongs to a site on this server`)
}

/** Another authority has another staging server, if any. */
const stagingOf = (directory: string) => ({
  stagingDirectory: directory === letsEncrypt.directory ? letsEncrypt.staging : null,
})
