import * as v from 'valibot'
import { domainOrWildcard } from '../wildcard.ts'
import { proxyDefaults, proxySettings } from './proxy-settings.ts'
import { trustedProxies } from './trusted-proxies.ts'
import { deniedPaths, deniedPresets } from './denied-paths.ts'
import { documentRoot } from './document-root.ts'
import { errorPages } from './error-pages.ts'
import { cors, headers } from './response-headers.ts'
import { areDistinct, sitePath } from './site-path.ts'

/** One visitor's address, or a network. */
const address = v.pipe(
  v.string(),
  v.regex(/^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/),
  v.check((text) => {
    const [ip, bits = '0'] = text.split('/') as [string, string?]
    return v.is(v.pipe(v.string(), v.ip()), ip) && Number(bits) <= (ip.includes(':') ? 128 : 32)
  }, 'Write an address such as 192.0.2.7 or 2001:db8::7, or a network such as 192.0.2.0/24'),
)

/** How a site's visitors are answered. Every field has its value for a new site in `webDefaults`. */
export const webSettings = {
  /** Aliases that lead to the domain (301) rather than answer. */
  redirectAliases: v.pipe(
    v.array(domainOrWildcard),
    v.maxLength(100),
    v.check((all) => areDistinct(all), 'An alias is named twice'),
  ),
  /** true: visitors get a page that says that the site is being worked on (503); its code goes on running. */
  maintenance: v.boolean(),
  /** How requests reach the target of a proxy site. */
  proxySettings,
  /** Proxies in front of the site (CDNs), whose word on a visitor's address is believed. */
  trustedProxies,
  /** Addresses that see the site during its maintenance. */
  maintenanceAllow: v.pipe(
    v.array(address),
    v.maxLength(50),
    v.check((all) => areDistinct(all), 'An address is named twice'),
  ),
  /** The folder below the site's home that nginx serves; static and PHP sites. */
  documentRoot,
  /** Page of a static site that is answered for every address without a file, images and the like excepted. */
  fallback: v.nullable(v.pipe(sitePath, v.regex(/\.html?$/i, 'Name a page that ends in .html'))),
  /** Static sites: /about answers about.html, and /about.html leads there. */
  cleanUrls: v.boolean(),
  /** Folders of a PHP site with an index.php of their own that answers all below them: /blog. */
  frontControllers: v.pipe(
    v.array(
      v.pipe(
        sitePath,
        v.transform((path) => path.replace(/\/$/, '')),
        v.minLength(2, 'The site itself has one'),
      ),
    ),
    v.maxLength(20),
    v.check((all) => areDistinct(all), 'A folder is named twice'),
  ),
  errorPages,
  headers,
  cors: v.nullable(cors),
  deniedPresets,
  deniedPaths,
}
const all = v.strictObject(webSettings)
export type WebSettings = v.InferOutput<typeof all>

/** The same for input: each may be left out. */
export const webChanges = { ...v.partial(all).entries, proxySettings: v.optional(v.partial(proxySettings)) }

export const webDefaults: WebSettings = {
  redirectAliases: [],
  maintenance: false,
  proxySettings: proxyDefaults,
  trustedProxies: [],
  maintenanceAllow: [],
  documentRoot: 'public',
  fallback: null,
  cleanUrls: false,
  frontControllers: [],
  errorPages: [],
  headers: [],
  cors: null,
  deniedPresets: [],
  deniedPaths: [],
}
