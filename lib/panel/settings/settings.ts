import * as v from 'valibot'
import { acme, acmeChanges } from '../../model/certificates/acme.ts'
import { hostname } from '../../model/domain.ts'
import { resolvers, serverSpec, type ServerSpec } from '../../model/protocol/desired.ts'
import { serverProxies } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'

const KEY = 'settings'

/** The server's own settings: what the agent makes true, and where certificates come from. */
export const serverSettings = v.strictObject({
  serverName: v.optional(v.nullable(hostname), null),
  /**
   * DNS servers nginx asks for proxied host names, and that are asked before a certificate is; [] takes those of
   * /etc/resolv.conf.
   */
  resolvers: v.optional(resolvers, []),
  /**
   * Proxies and CDNs in front of the panel and of all sites: `cloudflare`, `fastly`, `bunny`, `cloudfront`, addresses
   * and networks. The visitor's address and scheme are taken from these alone; a site's own list adds to it.
   */
  trustedProxies: v.optional(serverProxies, []),
  acme: v.optional(acme, {}),
})
export type Settings = v.InferOutput<typeof serverSettings>

/** Input of PATCH /api/settings: any of the settings. */
export const settingsChanges = v.strictObject({
  serverName: v.optional(v.nullable(hostname)),
  resolvers: v.optional(resolvers),
  trustedProxies: v.optional(serverProxies),
  acme: v.optional(acmeChanges),
})
export type SettingsChanges = v.InferOutput<typeof settingsChanges>

/** As they are kept: with which certificate of the server's name is served. */
const kept = v.object({ ...serverSettings.entries, certificate: v.optional(serverSpec.entries.certificate, null) })
type Kept = v.InferOutput<typeof kept>

const read = async (ctx: Context): Promise<Kept> => v.parse(kept, (await ctx.kv.get(KEY, Date.now())) ?? {})

export async function settings(ctx: Context): Promise<Settings> {
  const { serverName, resolvers, trustedProxies, acme } = await read(ctx)
  return { serverName, resolvers, trustedProxies, acme }
}

/** Reads the server's spec, as the agent is told. */
export async function readServerSpec(ctx: Context): Promise<ServerSpec> {
  const { serverName, resolvers, trustedProxies, certificate } = await read(ctx)
  return { serverName, resolvers, trustedProxies, certificate }
}

export async function saveSettings(ctx: Context, changes: Partial<Kept>): Promise<Settings> {
  await ctx.kv.set(KEY, { ...(await read(ctx)), ...changes }, null)
  return settings(ctx)
}
