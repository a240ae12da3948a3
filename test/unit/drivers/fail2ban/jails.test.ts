import { describe, expect, it } from 'vitest'
import { describeBans } from '../../../../lib/agent/bans/describe-bans.ts'
import { jailNames, type BansSpec } from '../../../../lib/model/bans/schema.ts'
import type { BanFacts } from '../../../../lib/drivers/fail2ban/facts.ts'
import { enabledIn, renderJails } from '../../../../lib/drivers/fail2ban/jail.conf.ts'
import { candidates, readsOf, sourceOf } from '../../../../lib/drivers/fail2ban/jails.ts'

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

const head = (ignore = '127.0.0.0/8 ::1') =>
  '# Written by the hosting panel, which puts changes here back. Jails of your own go into jail.local.\n' +
  `\n[DEFAULT]\nignoreip = ${ignore}\n`
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
      head() +
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
      head('127.0.0.0/8 ::1 198.51.100.7 2001:db8::/32') +
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

it('the log comes before what needs it', () => {
  expect(describeBans(spec(), facts).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'log /var/log/hosting-panel/auth.log',
    'file /etc/fail2ban/filter.d/hosting-panel.conf',
    ...['nginx', 'sshd', 'pure-ftpd'].map((name) => `file /etc/fail2ban/filter.d/hosting-panel-${name}.conf`),
    'file /etc/fail2ban/action.d/hosting-panel.conf',
    'file /etc/fail2ban/jail.d/hosting-panel.conf',
  ])
})
