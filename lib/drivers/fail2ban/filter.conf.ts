import { paths } from '../../model/paths.ts'

/**
 * Matches lines of lib/panel/auth/auth-log.ts, and nothing else. A name has no quotes and no spaces in there, and the
 * line is anchored at both ends, so nothing in it can pass for another address.
 */
export const renderFilter = (): string => `# Written by the hosting panel, which puts changes here back.
[Definition]
failregex = ^\\s*hosting-panel: (?:sign-in|setup) failed for "[^"\\s]*" from <ADDR> \\([a-z_]+\\)$
ignoreregex =
datepattern = ^%%Y-%%m-%%dT%%H:%%M:%%S%%z
`

/** Lines of lib/drivers/nginx/guard-log.conf.ts of one kind, anchored at both ends. */
export const renderNginxFilter = (): string => `# Written by the hosting panel, which puts changes here back.
[Definition]
failregex = ^\\s*<ADDR> <kind> \\d\\d\\d "[^"]*" "[^"]*"$
ignoreregex =
datepattern = ^%%Y-%%m-%%dT%%H:%%M:%%S%%z

[Init]
kind = auth
`

/**
 * Fail2ban's own filter, for lines that the service itself wrote: systemd notes by its control group who did, while
 * any program may call itself sshd. Shells from sign-ins without PAM stay in that group, so only root's lines count.
 */
const renderJournalFilter = (filter: string, match: string): string =>
  `# Written by the hosting panel, which puts changes here back.
[INCLUDES]
before = ${filter}.conf

[Definition]
journalmatch = ${match}
`

/** The unit, under the names it has, and those that ssh.socket starts for each connection. */
export const renderSshdFilter = (): string =>
  renderJournalFilter(
    'sshd',
    ['_SYSTEMD_UNIT=ssh.service', '_SYSTEMD_UNIT=sshd.service', '_SYSTEMD_SLICE=system-ssh.slice']
      .map((match) => `${match} _UID=0`)
      .join(' + '),
  )

export const renderPureFtpdFilter = (): string => renderJournalFilter('pure-ftpd', '_SYSTEMD_UNIT=pure-ftpd.service')

/**
 * Fail2ban's own way with nftables, with sets that take networks too. It stands beside the firewall, in a table
 * of its own, so neither has to be loaded again when the other changes. A visitor behind a trusted proxy is known to
 * nginx alone, which looks for a file of the address that it can read: no ban has to be loaded. Fail2ban writes them
 * anew after a start.
 */
export const renderAction = (): string => `# Written by the hosting panel, which puts changes here back.
[INCLUDES]
before = nftables.conf

[Definition]
_nft_add_set = <nftables> add set <table_family> <table> <addr_set> \\{ type <addr_type>\\; flags interval\\; \\}
              <_nft_for_proto-<type>-iter>
              <nftables> add rule <table_family> <table> <chain> %(rule_stat)s
              <_nft_for_proto-<type>-done>
actionban = [ -d "<visitors>" ] || install -d -m 0711 "${paths.visitorBans}" "<visitors>"
            umask 022
            ip="<ip>"
            [ "\${ip#*/}" != "$ip" ] || true >"<visitors>/<ip>"
            %(known/actionban)s
actionunban = rm -f "<visitors>/<ip>"
              %(known/actionunban)s
actionflush = [ ! -d "<visitors>" ] || find "<visitors>" -type f -name "<visitor_names>" -delete
              %(known/actionflush)s

[Init]
visitors = ${paths.visitorBans}/<name>
visitor_names = *.*

[Init?family=inet6]
visitor_names = *:*
`
