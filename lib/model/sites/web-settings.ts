import * as v from 'valibot'
import { proxyDefaults, proxySettings } from './proxy-settings.ts'
import { trustedProxies } from './trusted-proxies.ts'

/** How a site's visitors are answered. Every field has its value for a new site in `webDefaults`. */
export const webSettings = {
  /** true: visitors get a page that says that the site is being worked on (503); its code goes on running. */
  maintenance: v.boolean(),
  /** How requests reach the target of a proxy site. */
  proxySettings,
  /** Proxies in front of the site (CDNs), whose word on a visitor's address is believed. */
  trustedProxies,
}
const all = v.strictObject(webSettings)
export type WebSettings = v.InferOutput<typeof all>

/** The same for input: each may be left out. */
export const webChanges = { ...v.partial(all).entries, proxySettings: v.optional(v.partial(proxySettings)) }

export const webDefaults: WebSettings = {
  maintenance: false,
  proxySettings: proxyDefaults,
  trustedProxies: [],
}
