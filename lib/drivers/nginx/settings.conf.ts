import { isServed, type SiteSpec } from '../../model/sites/schema.ts'
import { accessMaps, accessRules, deniedMap, deniedRules } from './access.conf.ts'
import { redirectMaps, redirectRules } from './redirects.conf.ts'
import { headerMaps, headerRules } from './response-headers.conf.ts'
import { variable } from './variable.ts'
import { geo, literal } from './words.ts'

/** Maps that a site's settings need outside of its servers; http context. Nothing for a site that has none. */
export function settingMaps(spec: SiteSpec): string {
  if (!isServed(spec)) return ''
  return `${closedMap(spec)}${redirectMaps(spec)}${accessMaps(spec)}${deniedMap(spec)}${headerMaps(spec)}`
}

/**
 * A site's settings, in its server; before its locations. The path is found first, before a location changes it. Each
 * redirect to another page of the site begins here anew, but keeps what was found.
 */
export function settingRules(spec: SiteSpec): string {
  const usesPath = spec.basicAuth.length > 0 || spec.headers.some(({ path }) => path !== undefined)
  return [
    usesPath ? '    set $hosting_panel_first $hosting_panel_path;\n' : '',
    closedRules(spec),
    headerRules(spec),
    redirectRules(spec),
    deniedRules(spec),
    spec.cleanUrls ? cleanRedirect : '',
    accessRules(spec),
  ].join('')
}

/** Pages instead of the panel's; before these, because nginx takes the first that is named. */
export const errorPageRules = (spec: SiteSpec): string =>
  isServed(spec)
    ? [
        ...(spec.maintenance ? [['503', '/.hosting-panel/maintenance.html'] as const] : []),
        ...spec.errorPages.map(({ status, path }) => [String(status), literal(path)] as const),
      ]
        .map(([status, page]) => `    error_page ${status} ${page};\n`)
        .join('')
    : ''

const closedMap = (spec: SiteSpec): string =>
  spec.maintenance
    ? geo(variable(spec, 'closed'), [
        ['default', '1'],
        ...spec.maintenanceAllow.map((address) => [address, '0'] as const),
      ])
    : ''

/** Answers the page for maintenance, but to those who are let in and to authorities that look for their proof. */
const closedRules = (spec: SiteSpec): string =>
  spec.maintenance
    ? `    add_header Retry-After $hosting_panel_retry_after always;
    set $hosting_panel_closed ${variable(spec, 'closed')};
    if ($uri ~ ^/\\.(?:hosting-panel|well-known/acme-challenge)/) {
        set $hosting_panel_closed 0;
    }
    if ($hosting_panel_closed) {
        return 503;
    }
`
    : ''

/** A page has one address: without .html, and without index. */
const cleanRedirect = `    if ($request_uri ~ "^(/(?:[^/?][^?]*/)?)index\\.html?(\\?.*)?$") {
        return 301 $1$2;
    }
    if ($request_uri ~ "^(/[^/?][^?]*)\\.html?(\\?.*)?$") {
        return 301 $1$2;
    }
`
