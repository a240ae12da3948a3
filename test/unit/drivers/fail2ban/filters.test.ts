import { expect, it } from 'vitest'
import {
  renderAction,
  renderFilter,
  renderNginxFilter,
  renderPureFtpdFilter,
  renderSshdFilter,
} from '../../../../lib/drivers/fail2ban/filter.conf.ts'

it('the filters and the action', () => {
  expect(renderFilter()).toBe(`# Written by the hosting panel, which puts changes here back.
[Definition]
failregex = ^\\s*hosting-panel: (?:sign-in|setup) failed for "[^"\\s]*" from <ADDR> \\([a-z_]+\\)$
ignoreregex =
datepattern = ^%%Y-%%m-%%dT%%H:%%M:%%S%%z
`)
  expect(renderNginxFilter()).toBe(`# Written by the hosting panel, which puts changes here back.
[Definition]
failregex = ^\\s*<ADDR> <kind> \\d\\d\\d "[^"]*" "[^"]*"$
ignoreregex =
datepattern = ^%%Y-%%m-%%dT%%H:%%M:%%S%%z

[Init]
kind = auth
`)
  expect(renderSshdFilter()).toBe(`# Written by the hosting panel, which puts changes here back.
[INCLUDES]
before = sshd.conf

[Definition]
journalmatch = _SYSTEMD_UNIT=ssh.service _UID=0 + _SYSTEMD_UNIT=sshd.service _UID=0 \
+ _SYSTEMD_SLICE=system-ssh.slice _UID=0
`)
  expect(renderPureFtpdFilter()).toContain(
    'before = pure-ftpd.conf\n\n[Definition]\njournalmatch = _SYSTEMD_UNIT=pure-ftpd.service\n',
  )
  expect(renderAction()).toBe(`# Written by the hosting panel, which puts changes here back.
[INCLUDES]
before = nftables.conf

[Definition]
_nft_add_set = <nftables> add set <table_family> <table> <addr_set> \\{ type <addr_type>\\; flags interval\\; \\}
              <_nft_for_proto-<type>-iter>
              <nftables> add rule <table_family> <table> <chain> %(rule_stat)s
              <_nft_for_proto-<type>-done>
actionban = [ -d "<visitors>" ] || install -d -m 0711 "/run/hosting-panel-bans" "<visitors>"
            umask 022
            ip="<ip>"
            [ "\${ip#*/}" != "$ip" ] || true >"<visitors>/<ip>"
            %(known/actionban)s
actionunban = rm -f "<visitors>/<ip>"
              %(known/actionunban)s
actionflush = [ ! -d "<visitors>" ] || find "<visitors>" -type f -name "<visitor_names>" -delete
              %(known/actionflush)s

[Init]
visitors = /run/hosting-panel-bans/<name>
visitor_names = *.*

[Init?family=inet6]
visitor_names = *:*
`)
})
