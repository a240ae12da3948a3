import { paths } from '../../model/paths.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { isProvider, providers, type Provider, type Ranges } from '../../model/sites/trusted-proxies.ts'
import type { Facts, ServerFacts } from '../facts.ts'
import { unlessSet } from './defaults.conf.ts'
import { variable } from './variable.ts'
import { geo, map } from './words.ts'

const written = '# Written by the hosting panel, which puts changes here back.\n'
const snippet = (provider: Provider): string => `hosting-panel-proxies-${provider}.conf`

/** The proxies of each provider, a file each, and whose an address is: one that changes is no change of any site. */
export const renderRanges = (ranges: Ranges): { name: string; content: string }[] => [
  ...providers.map((provider) => ({
    name: `${paths.nginx}/snippets/${snippet(provider)}`,
    content: `${written}${ranges[provider].map(from).join('')}`,
  })),
  { name: `${paths.nginx}/conf.d/hosting-panel-proxies.conf`, content: `${written}${providerOfPeer(ranges)}` },
]

const from = (network: string): string => `set_real_ip_from ${network};\n`

/** The provider of the address that the connection itself comes from. An address counts for the first that names it. */
function providerOfPeer(ranges: Ranges): string {
  const owners = new Map<string, Provider>()
  for (const provider of providers)
    for (const network of ranges[provider]) if (!owners.has(network)) owners.set(network, provider)
  return geo('$realip_remote_addr $hosting_panel_provider', [nothing, ...owners])
}

type Trust = Pick<Facts, 'trustedProxies'>

/** The site's own proxies, beside those of the server. */
const ownProxies = ({ trustedProxies }: SiteSpec, server: Trust): string[] =>
  trustedProxies.filter((entry) => !server.trustedProxies.includes(entry))

/** Whether visitors of a site may come by a proxy that is trusted. */
export const isBehind = (spec: SiteSpec, server: Trust): boolean =>
  spec.trustedProxies.length + server.trustedProxies.length > 0

/** Whether a connection comes from a proxy of a list, as `1` or nothing; http context. */
function edgeMap(list: readonly string[], edge: string): string {
  const networks = list.filter((entry) => !isProvider(entry))
  const own = networks.length > 0 ? `${edge}_network` : ''
  const isOwn = networks.map((network) => [network, '1'] as const)
  const named = list.filter(isProvider).map((provider) => [provider, '1'] as const)
  return [
    own && geo(`$realip_remote_addr ${own}`, [nothing, ...isOwn]),
    map(`$hosting_panel_provider${own}`, edge, [nothing, ...(own ? ([['~1$', '1']] as const) : []), ...named]),
  ].join('')
}

const nothing = ['default', '""'] as const

/**
 * Takes the visitor's address from proxies of a list, and from nobody else. Cloudflare sets a header of its own that
 * nobody else can. In the usual one each proxy adds the address that it saw at the end, so the last that is no trusted
 * proxy's is the visitor's.
 */
function realAddress(list: readonly string[], set: ReadonlySet<string> = new Set()): string {
  if (list.length === 0) return ''
  const sources = list.map((entry) => (isProvider(entry) ? `include snippets/${snippet(entry)};\n` : from(entry)))
  const header = isCloudflare(list)
    ? ([['real_ip_header', 'CF-Connecting-IP']] as const)
    : ([
        ['real_ip_header', 'X-Forwarded-For'],
        ['real_ip_recursive', 'on'],
      ] as const)
  return `${sources.join('')}${unlessSet(set, header)}`
}

const isCloudflare = (list: readonly string[]): boolean => list.every((entry) => entry === 'cloudflare')

/** nginx knows neither the scheme nor the port that visitors use, so it leads them by the path alone. */
const relative = [['absolute_redirect', 'off']] as const

/**
 * Knowledge of visitors behind the server's proxies; http context. All else follows from whether the connection is
 * such a proxy's (`hosting_panel_edge`), which a site with proxies of its own decides anew: the scheme that the visitor
 * uses, whether a request is to be led to https, and what programs are told.
 */
export const renderTrust = ({
  trustedProxies,
  nginxDirectives,
}: Pick<ServerFacts, 'trustedProxies' | 'nginxDirectives'>): string =>
  [
    realAddress(trustedProxies, nginxDirectives),
    trustedProxies.length > 0 ? unlessSet(nginxDirectives, relative) : '',
    edgeMap(trustedProxies, '$hosting_panel_edge'),
    followingFromEdge,
  ].join('')

const followingFromEdge = `map "$hosting_panel_edge $http_x_forwarded_proto" $hosting_panel_scheme {
    default $scheme;
    '~*^1 https$' https;
    '~*^1 http$' http;
}
map "$hosting_panel_scheme $https" $hosting_panel_https {
    default "";
    "https " on;
    "https on" on;
    "http on" off;
}
map $hosting_panel_scheme $hosting_panel_port {
    default 80;
    https 443;
}
map "$hosting_panel_scheme $uri" $hosting_panel_plain {
    default "";
    '~^http /(?!\\.(?:hosting-panel|well-known/acme-challenge)/)' 1;
}
map $hosting_panel_scheme $hosting_panel_hsts {
    default "";
    https max-age=31536000;
}
map $hosting_panel_scheme $hosting_panel_hsts_end {
    default "";
    https max-age=0;
}
map "$hosting_panel_edge $http_cf_connecting_ip" $hosting_panel_cf_visitor {
    default "";
    '~^1 .' $remote_addr;
}
map "$hosting_panel_edge|$http_x_forwarded_for$http_forwarded$http_via" $hosting_panel_front {
    default $realip_remote_addr;
    '|' "";
    '~^1\\|' trusted;
}
`

/** The proxies of a site that has others than the server; http context. */
export const siteEdges = (spec: SiteSpec, server: Trust): string =>
  ownProxies(spec, server).length > 0 ? edgeMap(allProxies(spec, server), variable(spec, 'edge')) : ''

const allProxies = (spec: SiteSpec, server: Trust): string[] => [...server.trustedProxies, ...ownProxies(spec, server)]

/** Says who is a proxy for this site; first of all in its server. */
export const siteEdge = (spec: SiteSpec, server: Trust): string =>
  ownProxies(spec, server).length > 0 ? `    set $hosting_panel_edge ${variable(spec, 'edge')};\n` : ''

/**
 * Takes the address from the proxies of a site that has others than the server; server context. Where it has Cloudflare
 * alone these are only its own: in the header of all others a customer of Cloudflare's could name any address.
 */
export function siteAddresses(spec: SiteSpec, server: Trust): string {
  if (ownProxies(spec, server).length === 0) return ''
  const list = isCloudflare(spec.trustedProxies) ? spec.trustedProxies : allProxies(spec, server)
  const led = server.trustedProxies.length === 0 ? unlessSet(new Set(), relative) : ''
  return `${realAddress(list)}${led}`.replaceAll(/^(?=.)/gm, '    ')
}

/** Leads visitors on http to https; one whose proxy says that it is https already is no such visitor. */
export const toHttps = `    if ($hosting_panel_plain) {
        return 301 https://$host$request_uri;
    }
`

/** Tells PHP of visitors behind proxies, in the place of what they say themselves. */
export const phpBehind = (spec: SiteSpec, server: Trust): string =>
  isBehind(spec, server)
    ? `        fastcgi_param REQUEST_SCHEME $hosting_panel_scheme;
        fastcgi_param HTTPS $hosting_panel_https if_not_empty;
        fastcgi_param SERVER_PORT $hosting_panel_port;
        fastcgi_param HTTP_X_REAL_IP $remote_addr;
        fastcgi_param HTTP_X_FORWARDED_FOR $remote_addr;
        fastcgi_param HTTP_X_FORWARDED_HOST $host;
        fastcgi_param HTTP_X_FORWARDED_PROTO $hosting_panel_scheme;
        fastcgi_param HTTP_CF_CONNECTING_IP $hosting_panel_cf_visitor if_not_empty;
`
    : ''

/** The same for apps and targets, beside what they are told in any case. */
export const proxyBehind = (spec: SiteSpec, server: Trust): string =>
  isBehind(spec, server) ? '        proxy_set_header CF-Connecting-IP $hosting_panel_cf_visitor;\n' : ''
