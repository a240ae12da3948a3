/**
 * What lib/auth/auth-log.ts writes, and nothing else. A name has no quotes and no spaces in there, and the
 * line is anchored at both ends, so nothing in it can pass for another address.
 */
export const renderFilter = (): string => `# Written by the hosting panel, which puts changes here back.
[Definition]
failregex = ^\\s*hosting-panel: (?:sign-in|setup) failed for "[^"\\s]*" from <ADDR> \\([a-z_]+\\)$
ignoreregex =
datepattern = ^%%Y-%%m-%%dT%%H:%%M:%%S%%z
`

/**
 * Fail2ban's own way with nftables, with sets that take networks too. It stands beside the firewall, in a table
 * of its own, so neither has to be loaded again when the other changes.
 */
export const renderAction = (): string => `# Written by the hosting panel, which puts changes here back.
[INCLUDES]
before = nftables.conf

[Definition]
_nft_add_set = <nftables> add set <table_family> <table> <addr_set> \\{ type <addr_type>\\; flags interval\\; \\}
              <_nft_for_proto-<type>-iter>
              <nftables> add rule <table_family> <table> <chain> %(rule_stat)s
              <_nft_for_proto-<type>-done>
`
