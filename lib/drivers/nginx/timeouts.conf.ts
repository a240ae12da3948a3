import type { ServerFacts } from '../facts.ts'
import { connectionsOfAddress } from './connections.ts'
import { unlessSet } from './defaults.conf.ts'

/** How long nginx waits for a request, and for the next part of its body (s): an upload that moves is not cut. */
const CLIENT_TIMEOUT_S = 15

/**
 * How long nginx waits, and how many requests one address may have under way; http context. Directives that people
 * have set in nginx.conf are left out here, because nginx refuses a directive that is set twice. An address is an IPv4
 * address or an IPv6 /64; this server itself is not counted, nor is a trusted proxy that names no visitor. In HTTP/2
 * each request counts, so that one connection is not a way to have any number of them.
 */
export const renderTimeouts = ({
  nginxDirectives,
  memoryMb,
}: Pick<ServerFacts, 'nginxDirectives' | 'memoryMb'>): string => `map $binary_remote_addr $hosting_panel_address {
    default $binary_remote_addr;
    "~(?s)^\\x7f...$" "";
    "~(?s)^(?<hosting_panel_network>.{8}).{8}$" $hosting_panel_network;
}
map "$hosting_panel_edge $remote_addr $realip_remote_addr" $hosting_panel_counted {
    default $hosting_panel_address;
    '~^1 (\\S+) \\1$' "";
}
map $remote_addr $hosting_panel_visitor {
    default $hosting_panel_counted;
    ::1 "";
    unix: "";
}
limit_conn_zone $hosting_panel_visitor zone=hosting_panel_visitors:10m;
limit_conn hosting_panel_visitors ${connectionsOfAddress(memoryMb)};
${unlessSet(nginxDirectives, [
  ['client_header_timeout', `${CLIENT_TIMEOUT_S}s`],
  ['client_body_timeout', `${CLIENT_TIMEOUT_S}s`],
  ['reset_timedout_connection', 'on'],
  ['limit_conn_status', '429'],
  ['limit_conn_log_level', 'warn'],
])}`
