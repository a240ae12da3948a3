import { isServed, type SiteSpec } from '../../model/sites/schema.ts'
import { accessMaps, accessRules, deniedMap, deniedRules } from './access.conf.ts'
import { redirectMaps, redirectRules } from './redirects.conf.ts'
import { isBound } from '../../model/sites/response-headers.ts'
import { headerMaps, headerRules, preflightRule } from './response-headers.conf.ts'
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
  const usesPath = spec.basicAuth.length > 0 || spec.headers.some(isBound)
  const rules = [
    closedRules(spec),
    preflightRule(spec),
    redirectRules(spec),
    deniedRules(spec),
    spec.cleanUrls ? cleanRedirect : '',
  ].join('')
  return [
    usesPath ? '    set $hosting_panel_first $hosting_panel_path;\n' : '',
    headerRules(spec),
    accessRules(spec),
    spec.maintenance ? '    add_header Retry-After $hosting_panel_retry_after always;\n' : '',
    rules && letPass + rules,
    tooLargePage(spec),
  ].join('')
}

/** Nothing that a site says stands before the panel's own pages, nor before what authorities look for. */
const letPass = `    if ($uri ~ ^/\\.(?:hosting-panel|well-known/acme-challenge)/) {
        break;
    }
`

/** Pages instead of the panel's; before these, because nginx takes the first that is named. */
export const errorPageRules = (spec: SiteSpec): string =>
  isServed(spec)
    ? [
        ...(spec.maintenance ? [['503', '/.hosting-panel/maintenance.html'] as const] : []),
        ...spec.errorPages.map(
          ({ status, path }) => [String(status), status === 413 ? TOO_LARGE : literal(path)] as const,
        ),
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

/** Answers the page for maintenance, but to those who are let in. */
const closedRules = (spec: SiteSpec): string =>
  spec.maintenance ? `    if (${variable(spec, 'closed')}) {\n        return 503;\n    }\n` : ''

const TOO_LARGE = '/.hosting-panel/413'

/** The request is still too large when the page is looked for: over HTTP/2 nginx would refuse it again. */
function tooLargePage(spec: SiteSpec): string {
  const page = spec.errorPages.find(({ status }) => status === 413)
  if (!page) return ''
  return `    location = ${TOO_LARGE} {
        internal;
        client_max_body_size 0;
        try_files ${literal(page.path)} ${TOO_LARGE}.html;
    }
`
}

/** A page has one address: without .html, and without index. */
const cleanRedirect = `    if ($request_uri ~ "^(/(?:[^/?][^?]*/)?)index\\.html?(\\?.*)?$") {
        return 301 $1$2;
    }
    if ($request_uri ~ "^(/[^/?][^?]*)\\.html?(\\?.*)?$") {
        return 301 $1$2;
    }
`
