import { wwwCounterpart } from '../../model/domain.ts'
import { paths } from '../../model/paths.ts'
import { servedRoot, siteNames } from '../../model/sites/names.ts'
import { isServed, type SiteSpec } from '../../model/sites/schema.ts'
import { covers } from '../../model/wildcard.ts'
import type { Facts } from '../facts.ts'
import { refuseBanned } from './bans.conf.ts'
import { content, upstream } from './content.conf.ts'
import { cachesPages, pageServer, pageZone } from './pages.conf.ts'
import { serverNames } from './server-names.ts'
import { errorPageRules, settingMaps, settingRules } from './settings.conf.ts'
import { listenTls, renderCertificate } from './tls.conf.ts'
import { isBehind, siteAddresses, siteEdge, siteEdges, toHttps } from './trusted-proxies.conf.ts'

/** One site's vhost: /etc/nginx/sites-available/<domain>.conf. Names without a certificate stay on http. */
export function renderVhost(spec: SiteSpec, facts: Facts): string {
  const names = [spec.domain, ...servedAliases(spec)]
  const secure = names.filter((name) => isCovered(spec, name))
  const redirects = redirectsToHttps(spec, facts)
  const behind = isBehind(spec, facts)
  const plain = redirects ? names.filter((name) => !secure.includes(name)) : names
  return `# Written by the hosting panel, which puts changes here back.
# Your own directives for this site go into ${siteNames(spec.domain).additions}/*.conf
${pageZone(spec)}${upstream(spec, facts)}${siteEdges(spec, facts)}${settingMaps(spec)}${[
    ...leadingServers(spec, facts, redirects),
    redirects &&
      (behind
        ? server(spec, facts, http(spec, facts), secure, toHttps)
        : redirectServer(listen(facts), secure, 'https://$host')),
    plain.length > 0 && server(spec, facts, http(spec, facts), plain),
    secure.length > 0 && server(spec, facts, https(spec, facts), secure, behind && redirects ? toHttps : ''),
  ]
    .filter(Boolean)
    .join('')}`
}

const isCovered = ({ certificate }: SiteSpec, name: string): boolean =>
  certificate !== null && covers(certificate.names, name)

const isWhole = ({ certificate }: SiteSpec, { brokenCertificates }: Facts): boolean =>
  certificate !== null && !brokenCertificates.includes(certificate.id)

/** While the self-signed certificate stands in, visitors are better off on http. */
const redirectsToHttps = (spec: SiteSpec, facts: Facts): boolean =>
  spec.httpsRedirect && isWhole(spec, facts) && isCovered(spec, spec.domain)

function server(spec: SiteSpec, facts: Facts, listening: string, names: readonly string[], first = ''): string {
  return `server {
${listening}
    server_name ${serverNames(names)};
    root ${spec.app ? paths.pages : servedRoot(spec)};
    access_log ${siteNames(spec.domain).accessLog}${cachesPages(spec) ? ' hosting_panel_pages' : ''};
    error_log ${siteNames(spec.domain).errorLog};
${visitors(spec, facts)}${first}    include ${directivesOf(spec, facts)}/*.conf;
    client_max_body_size ${spec.bodyLimitMb}m;
${errorPageRules(spec)}    include snippets/hosting-panel-site.conf;
${siteAddresses(spec, facts)}${pageServer(spec)}
${body(spec, facts)}
}
`
}

/** Refuses visitors who are banned, and says who is a proxy. */
const visitors = (spec: SiteSpec, facts: Facts): string =>
  refuseBanned('sites', isBehind(spec, facts)) + siteEdge(spec, facts)

/** Own directives come first, so that they win; those that nginx refuses are replaced by the last that it took. */
const directivesOf = ({ domain }: SiteSpec, { setAside }: Facts): string =>
  setAside.includes(domain) ? siteNames(domain).keptAdditions : siteNames(domain).additions

/** Answers requests as the runtime does, or says why nothing does. */
function body(spec: SiteSpec, facts: Facts): string {
  if (!spec.enabled) return unavailable('503')
  return isServed(spec) ? `${settingRules(spec)}${content(spec, facts)}` : unavailable('full')
}

const listen = ({ ipv6 }: Facts): string => (ipv6 ? '    listen 80;\n    listen [::]:80;' : '    listen 80;')

const https = (spec: SiteSpec, facts: Facts): string => `${listenTls(443, facts)}
${renderCertificate(spec.domain, spec.certificate, facts)}${isWhole(spec, facts) ? hsts(spec) : ''}`

/** A trusted proxy's visitor may be on https here, too. */
const http = (spec: SiteSpec, facts: Facts): string =>
  `${listen(facts)}${isBehind(spec, facts) && (spec.hsts || spec.hstsBefore) ? hstsBehind(spec) : ''}`

const hstsBehind = ({ hsts }: SiteSpec): string =>
  `\n    add_header Strict-Transport-Security $hosting_panel_hsts${hsts ? '' : '_end'} always;`

/** Browsers that were told once remember it for a year, unless they are told to forget it (RFC 6797, 6.1.1). */
const hsts = (spec: SiteSpec): string =>
  spec.hsts || spec.hstsBefore
    ? `\n    add_header Strict-Transport-Security max-age=${spec.hsts ? 31_536_000 : 0} always;`
    : ''

const unavailable = (page: string): string => `    error_page 503 /.hosting-panel/${page}.html;
    location / {
        return 503;
    }
`

/** Names that only lead to the primary, so they are not served as aliases too. */
function leadingNames({ domain, redirectWww, redirectAliases }: SiteSpec): string[] {
  return [...new Set([...(redirectWww ? [wwwCounterpart(domain)] : []), ...redirectAliases])]
}

function servedAliases(spec: SiteSpec): string[] {
  const leading = leadingNames(spec)
  return spec.aliases.filter((alias) => !leading.includes(alias))
}

/** They lead to the primary in one step, by https once the primary has it, and never before. */
function leadingServers(spec: SiteSpec, facts: Facts, redirects: boolean): string[] {
  const names = leadingNames(spec)
  const secure = names.filter((name) => isCovered(spec, name))
  const scheme = isCovered(spec, spec.domain) ? 'https' : 'http'
  const edge = siteEdge(spec, facts)
  const asked = isBehind(spec, facts) ? '$hosting_panel_scheme' : '$scheme'
  return [
    ...(names.length > 0
      ? [redirectServer(listen(facts), names, `${redirects ? 'https' : asked}://${spec.domain}`, edge)]
      : []),
    ...(secure.length > 0 ? [redirectServer(https(spec, facts), secure, `${scheme}://${spec.domain}`)] : []),
  ]
}

const redirectServer = (listening: string, names: readonly string[], target: string, edge = ''): string => `server {
${listening}
    server_name ${serverNames(names)};
    access_log off;
${edge}    include snippets/hosting-panel-acme.conf;
    location / {
        return 301 ${target}$request_uri;
    }
}
`
