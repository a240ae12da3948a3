import { describe, expect, it } from 'vitest'
import { describeBans } from '../../../lib/agent/bans/describe-bans.ts'
import { jailNames, type BansSpec } from '../../../lib/model/bans/schema.ts'
import {
  actions,
  ban,
  banned,
  banTimes,
  firewallTables,
  reload,
  restartJails,
  status,
  testConfiguration,
  unban,
} from '../../../lib/drivers/fail2ban/commands.ts'
import type { BanFacts } from '../../../lib/drivers/fail2ban/facts.ts'
import {
  renderAction,
  renderFilter,
  renderNginxFilter,
  renderPureFtpdFilter,
  renderSshdFilter,
} from '../../../lib/drivers/fail2ban/filter.conf.ts'
import { enabledIn, renderJails } from '../../../lib/drivers/fail2ban/jail.conf.ts'
import { candidates, readsOf, sourceOf } from '../../../lib/drivers/fail2ban/jails.ts'
import { parseSocketPorts, parseSshPorts, sshSettings, sshSocket } from '../../../lib/drivers/sshd/index.ts'
import { hasAction, parseBanned, parseBanTimes, parseStatus, toBans } from '../../../lib/drivers/fail2ban/parse.ts'

const numbers = { enabled: true, maxRetry: 5, findMinutes: 5, banMinutes: 10 }
const spec = (changes: Partial<BansSpec> = {}): BansSpec => ({
  ignore: [],
  proxies: [],
  jails: Object.fromEntries(jailNames.map((name) => [name, numbers])) as BansSpec['jails'],
  ...changes,
})

/** A Debian 12: nginx and an SSH server that logs to the journal. */
const facts: BanFacts = {
  journal: true,
  sshPorts: [22, 2222],
  present: ['/usr/sbin/sshd', '/usr/sbin/nginx'],
}

it('commands', () => {
  expect(testConfiguration()).toEqual(['fail2ban-client', '-t'])
  expect(reload()).toEqual(['fail2ban-client', 'reload'])
  expect(restartJails()).toEqual(['fail2ban-client', 'reload', '--restart'])
  expect(actions('sshd')).toEqual(['fail2ban-client', 'get', 'sshd', 'actions'])
  expect(status()).toEqual(['fail2ban-client', 'status'])
  expect(banned()).toEqual(['fail2ban-client', 'banned'])
  expect(ban('sshd', '203.0.113.9')).toEqual(['fail2ban-client', 'set', 'sshd', 'banip', '203.0.113.9'])
  expect(unban('203.0.113.9', 'sshd')).toEqual(['fail2ban-client', 'set', 'sshd', 'unbanip', '203.0.113.9'])
  expect(unban('203.0.113.9', null)).toEqual(['fail2ban-client', 'unban', '203.0.113.9'])
  expect(banTimes('sshd')).toEqual(['fail2ban-client', 'get', 'sshd', 'banip', '--with-time'])
  expect(firewallTables()).toEqual(['nft', 'list', 'tables'])
  expect(sshSettings()).toEqual(['sshd', '-T'])
})

const head = '# Written by the hosting panel, which puts changes here back. Jails of your own go into jail.local.\n'
const jail = (
  name: string,
  source: string,
  ports: string,
  { action = 'hosting-panel', ignore = '127.0.0.0/8 ::1' } = {},
) => `
[${name}]
enabled = true
${source}
port = ${ports}
banaction = ${action}
usedns = no
maxretry = 5
findtime = 300
bantime = 600
ignoreip = ${ignore}
`
const off = (name: string) => `\n[${name}]\nenabled = false\n`
const auto = (log: string) => `backend = auto\nlogpath = ${log}`
const nginx = (kind: string) =>
  `filter = hosting-panel-nginx[kind=${kind}]\n${auto('/var/log/nginx/hosting-panel-guard.log')}`
const sshd = 'filter = hosting-panel-sshd[mode=%(mode)s]\nbackend = systemd'

describe('jail.d/hosting-panel.conf', () => {
  it('has every jail that can be had, and switches the others off by name', () => {
    expect(renderJails(spec(), facts)).toBe(
      head +
        jail('hosting-panel', auto('/var/log/hosting-panel/auth.log'), '8080,8081') +
        jail('sshd', sshd, '22,2222') +
        jail('nginx-http-auth', nginx('auth'), '80,443') +
        jail('nginx-botsearch', nginx('scan'), '80,443') +
        jail('nginx-limit-req', nginx('limit'), '80,443') +
        off('vsftpd') +
        off('proftpd') +
        off('pure-ftpd'),
    )
  })

  it('never bans whom it ignores', () => {
    const text = renderJails(spec({ ignore: ['198.51.100.7', '2001:db8::/32'] }), { ...facts, present: [] })
    expect(text).toBe(
      head +
        jail('hosting-panel', auto('/var/log/hosting-panel/auth.log'), '8080,8081', {
          ignore: '127.0.0.0/8 ::1 198.51.100.7 2001:db8::/32',
        }) +
        jailNames.slice(1).map(off).join(''),
    )
  })

  it('has the numbers that were chosen, and tells which jails it switches on', () => {
    const chosen = {
      ...spec().jails,
      'hosting-panel': { enabled: true, maxRetry: 3, findMinutes: 60, banMinutes: 1440 },
      sshd: { ...numbers, enabled: false },
    }
    const text = renderJails(spec({ jails: chosen }), facts)
    expect(text).toContain('maxretry = 3\nfindtime = 3600\nbantime = 86400\n')
    expect(text).toContain(off('sshd'))
    expect(enabledIn(text)).toEqual(
      ['hosting-panel', 'nginx-http-auth', 'nginx-botsearch', 'nginx-limit-req'].map((jail) => ({
        jail,
        action: 'hosting-panel',
      })),
    )
  })
})

it('says why a jail cannot be had', () => {
  expect(sourceOf('sshd', { ...facts, journal: false })).toBe(
    'An SSH server is watched in systemd’s journal alone, ' +
      'because any program can write into other logs; this server lacks the journal or the package python3-systemd',
  )
  expect(sourceOf('vsftpd', facts)).toBe('The FTP server vsftpd is not installed on this server')
  expect(sourceOf('vsftpd', { ...facts, present: ['/usr/sbin/vsftpd'] })).toBe(
    'The FTP server vsftpd has no log here (/var/log/vsftpd.log)',
  )
  expect(sourceOf('vsftpd', { ...facts, present: candidates })).toEqual({ backend: 'auto', log: '/var/log/vsftpd.log' })
  expect(sourceOf('pure-ftpd', { ...facts, present: ['/usr/sbin/pure-ftpd'] })).toEqual({ backend: 'systemd' })
})

it('no jail reads a log that a program of a site may write, whatever lies there', () => {
  const everything = {
    ...facts,
    present: [...candidates, '/usr/sbin/pure-ftpd', '/var/log/auth.log', '/var/log/syslog'],
  }
  expect(jailNames.map((name) => readsOf(name, everything))).toEqual([
    '/var/log/hosting-panel/auth.log',
    'systemd’s journal',
    ...Array<string>(3).fill('/var/log/nginx/hosting-panel-guard.log'),
    '/var/log/vsftpd.log',
    '/var/log/proftpd/proftpd.log',
    'systemd’s journal',
  ])
  expect(readsOf('vsftpd', facts)).toBeNull()
})

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
`)
})

it('the log comes before what needs it', () => {
  expect(describeBans(spec(), facts).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'log /var/log/hosting-panel/auth.log',
    'file /etc/fail2ban/filter.d/hosting-panel.conf',
    ...['nginx', 'sshd', 'pure-ftpd'].map((name) => `file /etc/fail2ban/filter.d/hosting-panel-${name}.conf`),
    'file /etc/fail2ban/action.d/hosting-panel.conf',
    'file /etc/fail2ban/jail.d/hosting-panel.conf',
  ])
})

describe('what Fail2ban prints', () => {
  it('jails', () => {
    expect(parseStatus('Status\n|- Number of jail:\t2\n`- Jail list:\thosting-panel, sshd\n')).toEqual([
      'hosting-panel',
      'sshd',
    ])
    expect(parseStatus('Status\n|- Number of jail:\t0\n`- Jail list:\t\n')).toEqual([])
  })
  it('actions', () => {
    expect(hasAction('The jail sshd has the following actions:\nhosting-panel\n', 'hosting-panel')).toBe(true)
    expect(hasAction('The jail hosting-panel has the following actions:\nufw\n', 'ufw')).toBe(true)
    expect(hasAction('The jail sshd has the following actions:\na, ufw\n', 'ufw')).toBe(true)
    expect(hasAction('No actions for jail hosting-panel\n', 'hosting-panel')).toBe(false)
  })
  it('bans, with the lines it kept', () => {
    const found = parseBanned(
      "[{'hosting-panel': ['203.0.113.9', '2001:db8::/32']}, {'sshd': []}, {'own': ['198.51.100.7']}]\n",
    )
    expect(found).toEqual([
      { jail: 'hosting-panel', address: '203.0.113.9' },
      { jail: 'hosting-panel', address: '2001:db8::/32' },
      { jail: 'own', address: '198.51.100.7' },
    ])
    const rows = [
      {
        jail: 'hosting-panel',
        ip: '203.0.113.9',
        timeofban: 1767323045,
        bantime: 600,
        data: JSON.stringify({ matches: ['one\u001b[2J', ['', 'two', ' three']], failures: 5 }),
      },
      { jail: 'own', ip: '198.51.100.7', timeofban: 1767323045, bantime: -1, data: '{}' },
    ]
    expect(toBans(found, rows)).toEqual([
      {
        jail: 'hosting-panel',
        address: '203.0.113.9',
        since: '2026-01-02T03:04:05.000Z',
        until: '2026-01-02T03:14:05.000Z',
        lines: ['one [2J', 'two three'],
      },
      { jail: 'hosting-panel', address: '2001:db8::/32', since: null, until: null, lines: [] },
      { jail: 'own', address: '198.51.100.7', since: '2026-01-02T03:04:05.000Z', until: null, lines: [] },
    ])
  })
  it('ends of bans, in the time of the server', () => {
    expect(
      parseBanTimes(
        '203.0.113.9 \t2026-01-02 03:04:05 + 600 = 2026-01-02 03:14:05\n2001:db8::/32 \t2026-01-02 03:04:05 + ' +
          '60 = 2026-01-02 03:05:05\n',
      ),
    ).toEqual(
      new Map([
        ['203.0.113.9', new Date(2026, 0, 2, 3, 14, 5).getTime()],
        ['2001:db8::/32', new Date(2026, 0, 2, 3, 5, 5).getTime()],
      ]),
    )
    expect(parseBanTimes('\n')).toEqual(new Map())
  })
  it('ports of SSH', () => {
    expect(parseSshPorts('port 22\nport 2222\naddressfamily any\n')).toEqual([22, 2222])
    expect(parseSshPorts('')).toEqual([22])
    expect(sshSocket()).toEqual(['systemctl', 'show', '--property=Listen,ActiveState', 'ssh.socket'])
    expect(parseSocketPorts('Listen=0.0.0.0:22 (Stream)\nListen=[::]:2222 (Stream)\nActiveState=active\n')).toEqual([
      22, 2222,
    ])
    expect(parseSocketPorts('Listen=[::]:22 (Stream)\nActiveState=inactive\n')).toEqual([])
  })
})
