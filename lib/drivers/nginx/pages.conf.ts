import { siteNames } from '../../model/sites/names.ts'
import { isServed, type SiteSpec } from '../../model/sites/schema.ts'

/** Whether nginx keeps pages of a site. */
export const cachesPages = (spec: SiteSpec): boolean => isServed(spec) && spec.cache.page !== null

/** Time after which a page that nobody asked for goes, unless it is to be kept for longer (minutes). */
const DAY = 1440

const privateAddresses = [
  'wp-admin|wp-json|xmlrpc\\.php|feed|rss|atom|cart|basket|checkout|my-account|wc-api',
  'log-?in|log-?out|sign-?in|sign-?out|admin|account',
].join('|')
const personalCookies = [
  'comment_author|wordpress_(?:logged_in|sec|[a-f0-9]+)|wp-postpass|woocommerce_|edd_',
  'sess|sid|auth|token|jwt|log(?:ged|in)|csrf|xsrf|cart|user|member|account',
].join('|')
const disguises = [
  '$http_x_forwarded_host$http_x_forwarded_server$http_x_forwarded_port$http_x_forwarded_prefix$http_forwarded',
  '$http_x_original_url$http_x_rewrite_url$http_x_http_method_override$http_x_http_method$http_x_method_override',
].join('')
/** The first five are of the maps, and 0 where a page may be kept; the others are empty there. */
const skipReasons = [
  ...['method', 'address', 'person', 'disguise', 'scheme'].map((name) => `$hosting_panel_page_${name}`),
  '$is_args$http_authorization$http_range$http_upgrade',
].join('')
/** As nginx's own "combined", with how a request was answered. */
const logLine = [
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent',
  '"$http_referer" "$http_user_agent" $upstream_cache_status',
].join(' ')

/**
 * Which requests no page is kept for, nor given from what is kept; http context. People are known by a cookie (of
 * WordPress, WooCommerce, PHP, and whatever is called like a session, a sign-in or a cart) or by Authorization.
 * Addresses are WordPress's own, and any that are written in an odd way, as an app may read them otherwise. Headers
 * that tell an app of another address than the one in the key would let a stranger choose what others see. Where PCRE
 * gives up, nginx takes the default: no page is kept.
 */
export const renderPageMaps = (): string => `map $request_method $hosting_panel_page_method {
    default 1;
    GET 0;
    HEAD 0;
}
map $request_uri $hosting_panel_page_address {
    default 1;
    '~*/(?:${privateAddresses})(?:[/?.]|$)' 1;
    '~*/wp-[a-z0-9-]+\\.php' 1;
    '~*sitemap[^/]{0,99}\\.xs?[ml]' 1;
    '~*(?://|/\\.\\.?(?:/|$)|%(?:2[d-f]|3[0-9]|[4-7][0-9a-f]))' 1;
    '~^' 0;
}
map $http_cookie $hosting_panel_page_person {
    default 1;
    '' 0;
    '~*(?:^|;)(?!\\s*_hj)[^=;]*(?:${personalCookies})' 1;
    '~^' 0;
}
map ${disguises} $hosting_panel_page_disguise {
    default 1;
    '' 0;
}
map "$hosting_panel_scheme $http_x_forwarded_proto" $hosting_panel_page_scheme {
    default 1;
    '~^(https?) (?:\\1)?$' 0;
}
map $http_user_agent $hosting_panel_page_device {
    default '';
    '~*(?:mobile|android|iphone|ipod|ipad|silk/|kindle|blackberry|opera mini|opera mobi)' mobile:;
}
map ${skipReasons} $hosting_panel_page_skip {
    default 1;
    00000 0;
}
log_format hosting_panel_pages '${logLine}';
`

/** Where a site's pages are kept; http context. A megabyte of keys is enough for 8,000 pages. */
export function pageZone(spec: SiteSpec): string {
  if (!cachesPages(spec)) return ''
  const { user, pageCache } = siteNames(spec.domain)
  const module = moduleOf(spec)
  const zone = `keys_zone=${user}:1m max_size=256m inactive=${Math.max(DAY, spec.cache.page!.minutes)}m`
  return `${module}_cache_path ${pageCache} levels=1:2 ${zone} use_temp_path=off;\n`
}

/**
 * Decides whether a request has to do with kept pages, and says so (X-Cache); server context. Those that have not go to
 * @direct, where everything is as without a cache: streams, WebSockets, ranges.
 */
export function pageServer(spec: SiteSpec): string {
  if (!cachesPages(spec)) return ''
  const cookies = spec.cache.page!.bypassCookies.map((name) => name.replaceAll('.', '\\.'))
  return `    set $hosting_panel_cached '';
    add_header X-Cache $hosting_panel_cached$upstream_cache_status always;
    ${moduleOf(spec)}_hide_header X-Cache;
    set $hosting_panel_skip $hosting_panel_page_skip;
${
  cookies.length > 0
    ? `    if ($http_cookie ~ "(?:^|;\\s*)(?:${cookies.join('|')})") {
        set $hosting_panel_skip 1;
    }
`
    : ''
}${
    spec.app
      ? ''
      : `    error_page 418 = @direct;
    recursive_error_pages on;
`
  }`
}

/** Beginning of a location that keeps pages. */
export const pageBypass = `        if ($hosting_panel_skip) {
            return 418;
        }
`

/** A location for what has to do with no kept page. */
export const direct = (body: string): string => `    location @direct {
        set $hosting_panel_cached BYPASS;
${body}    }
`

/** One uncompressed copy serves GET, HEAD and clients without gzip. */
const ownOfProxies = `        proxy_cache_convert_head off;
        proxy_set_header Accept-Encoding "";
`
const ownOfPhp = `        fastcgi_param HTTP_ACCEPT_ENCODING "";
        fastcgi_param HTTP_HOST $host;
`

const moduleOf = ({ runtime }: SiteSpec): 'fastcgi' | 'proxy' => (runtime === 'php' ? 'fastcgi' : 'proxy')

/**
 * Keeps what a location answers, if its own headers (Cache-Control, Set-Cookie, Vary) do not say no. A page that has
 * failed to be renewed is given a while longer; one that is being renewed only where the site says so
 * (stale-while-revalidate): else one that has become private would be given away for ever.
 */
export function keepPages(spec: SiteSpec): string {
  const module = moduleOf(spec)
  // Nobody answers while an app sleeps: that wakes it, and does not bring an old page.
  const device = spec.cache.page!.byDevice ? '$hosting_panel_page_device' : ''
  const stale = spec.app ? 'timeout' : 'error timeout'
  const failures = module === 'proxy' ? 'http_500 http_502 http_503 http_504' : 'http_500 http_503'
  return `        ${module}_cache ${siteNames(spec.domain).user};
        ${module}_cache_key $hosting_panel_scheme$request_method${device}$host$request_uri;
        ${module}_cache_valid 200 301 ${spec.cache.page!.minutes}m;
        ${module}_cache_valid 404 1m;
        ${module}_cache_use_stale ${stale} invalid_header ${failures};
        ${module}_cache_background_update on;
        ${module}_cache_lock on;
${module === 'proxy' ? ownOfProxies : ownOfPhp}`
}
