import { isIP } from 'node:net'
import { bracketed } from '../../model/network.ts'
import { siteNames } from '../../model/sites/names.ts'
import { addressesHere, bareHost, effectivePort } from '../../model/sites/proxy-target.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Facts } from '../facts.ts'
import { cachesPages, direct, keepPages, pageBypass } from './pages.conf.ts'
import { proxyBehind } from './trusted-proxies.conf.ts'

/**
 * Passes all requests to a proxy site's target. The page cache needs buffered responses; requests that bypass it follow
 * the site's own setting.
 */
export function proxy(spec: SiteSpec, facts: Facts): string {
  const body = passToTarget(spec, facts)
  const unkept = `${body}        proxy_buffering ${spec.proxySettings.buffering ? 'on' : 'off'};\n`
  if (!cachesPages(spec)) return `    location / {\n${unkept}    }\n`
  return `    location / {\n${pageBypass}${body}${keepPages(spec)}    }\n${direct(unkept)}`
}

/** Addresses of a target that this server knows by itself; null: an address, or a name that DNS knows. */
const known = ({ proxyTo }: SiteSpec, facts: Facts): readonly string[] | null => {
  const found = addressesHere(proxyTo!, facts.hosts).filter((address) => facts.ipv6 || isIP(address) === 4)
  return found.length > 0 ? found : null
}

const isAddress = ({ proxyTo }: SiteSpec): boolean => isIP(bareHost(new URL(proxyTo!))) !== 0

/**
 * A name of this server has the addresses of /etc/hosts, which nginx's resolver does not read. The first that takes the
 * connection gets the request; none is avoided for having refused one.
 */
export function targetUpstream(spec: SiteSpec, facts: Facts): string {
  const addresses = spec.runtime === 'proxy' && known(spec, facts)
  if (!addresses) return ''
  const port = effectivePort(new URL(spec.proxyTo!))
  const servers = addresses.map(
    (address, index) => `    server ${bracketed(address)}:${port} max_fails=0${index > 0 ? ' backup' : ''};\n`,
  )
  return `upstream ${siteNames(spec.domain).user} {\n${servers.join('')}}\n`
}

function passToTarget(spec: SiteSpec, facts: Facts): string {
  const { proxySettings: settings } = spec
  return `${pass(spec, facts)}${sentHost(spec, facts)}        proxy_http_version 1.1;
        proxy_ssl_server_name on;
        proxy_connect_timeout ${settings.connectSeconds}s;
        proxy_read_timeout ${settings.timeoutSeconds}s;
        proxy_send_timeout ${settings.timeoutSeconds}s;
        proxy_next_upstream error;
${settings.bufferUploads ? '' : '        proxy_request_buffering off;\n'}        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $hosting_panel_connection;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $hosting_panel_scheme;
        proxy_set_header Proxy "";
${proxyBehind(spec, facts)}`
}

/**
 * A name that DNS knows goes through a variable, so that nginx asks the resolver while it runs: a name that does not
 * resolve at start would keep nginx, and every other site, down.
 */
function pass(spec: SiteSpec, facts: Facts): string {
  const target = spec.proxyTo!
  if (known(spec, facts)) return `        proxy_pass ${new URL(target).protocol}//${siteNames(spec.domain).user};\n`
  if (isAddress(spec)) return `        proxy_pass ${target};\n`
  return `        resolver ${facts.resolvers.map(bracketed).join(' ')} valid=30s${facts.ipv6 ? '' : ' ipv6=off'};
        set $backend ${target};
        proxy_pass $backend;
`
}

/** Whether a vhost asks DNS servers for its target. */
export const hasResolver = (vhost: string): boolean => / resolver .* valid=30s/.test(vhost)

/**
 * A vhost without what depends on the addresses that this server knew when it was written: of DNS servers, and of names
 * of its own.
 */
export const withoutAddresses = (vhost: string): string =>
  vhost
    .replaceAll(/^upstream \S+ \{\n(?: {4}server .*\n)*\}\n/gm, '')
    .replaceAll(/^ {8}(?:resolver .* valid=30s.*|set \$backend .*|proxy_pass .*|proxy_set_header Host .*);\n/gm, '')

/** Remote virtual hosts go by their own name; a program at an address, or on this server, by the visitor's. */
function sentHost(spec: SiteSpec, facts: Facts): string {
  const { host } = spec.proxySettings
  const here = isAddress(spec) || known(spec, facts) !== null
  const choice = host === 'auto' ? (here ? 'visitor' : 'target') : host
  const target = new URL(spec.proxyTo!)
  const sent = choice === 'visitor' ? '$host' : choice === 'target' ? target.host : choice
  const named = choice === 'target' || choice === 'visitor' ? bareHost(target) : choice.replace(/:\d+$/, '')
  // The name of an upstream is no name that a certificate has.
  const tls = target.protocol === 'https:' && isIP(named) === 0 ? `        proxy_ssl_name ${named};\n` : ''
  return `        proxy_set_header Host ${sent};\n${tls}`
}
