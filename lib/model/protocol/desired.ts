import * as v from 'valibot'
import { bansSpec } from '../bans/schema.ts'
import { served } from '../certificates/schema.ts'
import { databaseSpec } from '../databases/schema.ts'
import { domain, hostname } from '../domain.ts'
import { firewallSpec } from '../firewall/schema.ts'
import { siteSpec } from '../sites/schema.ts'
import { knownRanges, ranges, serverProxies } from '../sites/trusted-proxies.ts'

/** DNS servers, none: those of /etc/resolv.conf. */
const address = v.pipe(v.string(), v.ip('Write an address such as 9.9.9.9 or 2001:db8::1'))
export const resolvers = v.pipe(v.array(address), v.maxLength(5))

/** Desired state of the whole server, not of one site. */
export const serverSpec = v.strictObject({
  serverName: v.nullable(hostname),
  /** DNS servers nginx asks for proxied host names; [] takes those of /etc/resolv.conf. */
  resolvers,
  /** Proxies in front of the panel and of all sites. */
  trustedProxies: v.optional(serverProxies, []),
  /** The certificate of the server's name, for the panel and FTP; null: the self-signed one. */
  certificate: v.nullable(served),
})
export type ServerSpec = v.InferOutput<typeof serverSpec>

/**
 * A site as it is to be: as `spec` says, or gone. `from`: the domain it had before, with all that is to move. Files of
 * one that is gone wait 30 days in the trash, or not at all.
 */
const desiredSite = v.variant('ensure', [
  v.strictObject({ ensure: v.literal('present'), spec: siteSpec, from: v.optional(domain) }),
  v.strictObject({ ensure: v.literal('absent'), domain, files: v.picklist(['trash', 'purge']) }),
])
export type DesiredSite = v.InferOutput<typeof desiredSite>

/** A site, and what of the server its configuration needs. */
export const siteChange = v.strictObject({ desired: desiredSite, server: serverSpec })
/** All that is desired of the whole machine. */
export const desired = {
  server: serverSpec,
  sites: v.array(siteSpec),
  databases: v.optional(v.array(databaseSpec), []),
  /** The addresses of CDNs' proxies. */
  proxies: v.optional(ranges, knownRanges),
  bans: v.optional(bansSpec),
  firewall: v.optional(firewallSpec),
}
