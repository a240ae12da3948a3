import { paths } from '../../model/paths.ts'

/**
 * Which requests Fail2ban counts, and as what; http context. A site's own logs are no witness: its code writes lines of
 * any kind into them. Only nginx writes here, and only facts of the visitor's own connection and request.
 * - limit: refused by limit_req.
 * - auth: a password that nginx itself refused; an answer of a site, kept or not, never counts.
 * - scan: a well-known address of others' software, which is not here. Browsers say (Sec-Fetch-Site) when a page made
 *   them ask: nobody is banned for having looked at one.
 */
export const renderGuardLog = (): string => `map $limit_req_status $hosting_panel_guard {
    default $hosting_panel_guard_status;
    REJECTED limit;
}
map $status $hosting_panel_guard_status {
    default '';
    401 $hosting_panel_guard_auth;
    400 $hosting_panel_guard_scan;
    403 $hosting_panel_guard_scan;
    404 $hosting_panel_guard_scan;
}
map "$upstream_status$upstream_cache_status|$http_authorization" $hosting_panel_guard_auth {
    default '';
    '~*^\\|basic ' auth;
}
map "$http_sec_fetch_site|$request_uri" $hosting_panel_guard_scan {
    default '';
    '~^(?:none)?\\|/+(?:${scanned.join('|')})(?:[-_.0-9/?]|$)' scan;
}
log_format hosting_panel_guard '$time_iso8601 $remote_addr $hosting_panel_guard $status "$host" "$request"';
${guardLog}
`

/** As Fail2ban's own filter nginx-botsearch has them. */
const scanned: readonly string[] = [
  'roundcube',
  '(?:ext)?mail',
  'horde',
  '(?:v-?)?webmail',
  '(?:typo3/|xampp/|admin/)?(?:pma|(?:php)?[Mm]y[Aa]dmin)',
  'wp-(?:login|signup|admin)\\.php',
  'cgi-bin',
  'mysqladmin',
]

/** Beside a server's other access logs: those of a server replace those above it. Not buffered: a ban must not wait. */
export const guardLog = `access_log ${paths.guardLog} hosting_panel_guard if=$hosting_panel_guard;`
