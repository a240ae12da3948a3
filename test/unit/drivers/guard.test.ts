import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { load } from '../../../lib/drivers/nftables/commands.ts'
import { renderGuard, renderGuarded, renderTarget } from '../../../lib/drivers/nftables/guard.conf.ts'
import { renderLimits } from '../../../lib/drivers/nftables/limits.conf.ts'
import { connectionsOfAddress, withConnections, workerConnections } from '../../../lib/drivers/nginx/connections.ts'
import { renderTimeouts } from '../../../lib/drivers/nginx/timeouts.conf.ts'
import { serverFacts } from '../_facts.ts'

const guard = renderGuard(serverFacts)

describe('the guard of ports', () => {
  it('is one file, loaded in one step', () => {
    expect(load('/etc/hosting-panel/apps.nft')).toEqual(['nft', '--file', '/etc/hosting-panel/apps.nft'])
    const table = 'table inet hosting_panel_apps'
    expect(guard).toMatch(new RegExp(`^# Written by .*\\n${table}\\ndelete ${table}\\n${table} \\{\\n`))
    expect(guard).toMatch(/\}\ninclude "\/etc\/hosting-panel\/apps\/\*\.nft"\n$/)
  })

  it('lets an app’s port be its user’s, whom only nginx, the panel and root ask', () => {
    expect(renderGuarded('s-x', 20_001)).toBe(
      'add element inet hosting_panel_apps ports { 20001 }\nadd element inet hosting_panel_apps owners { 20001 ' +
        '. "s-x" }\n',
    )
    expect(guard).toContain(`        oif != "lo" accept
        tcp sport @ports tcp flags & (syn | ack) == syn | ack tcp sport . meta skuid != @owners drop
        tcp dport @ports tcp flags & (syn | ack) == syn meta skuid != { 0, "www-data", "hosting-panel" } \
tcp dport . meta skuid != @owners reject with tcp reset
`)
  })

  it('lets a service’s port be answered by its own user, on every interface', () => {
    expect(guard).toContain('elements = { 80, 443, 8080, 8081, 3306, 6379 }')
    expect(guard).toContain(
      'elements = { 80 . 0, 443 . 0, 8080 . 0, 8081 . 0, 3306 . 0, 3306 . "mysql", 6379 . 0, 6379 . "redis" }',
    )
    expect(guard.indexOf('tcp sport @services')).toBeLessThan(guard.indexOf('oif != "lo" accept'))
    const without = renderGuard({ ...serverFacts, mariadb: false, redis: null })
    expect(without).toContain('elements = { 80, 443, 8080, 8081 }')
    expect(without).not.toMatch(/mysql|"redis"/)
  })

  it('lets nginx come to this server’s own addresses for apps and named targets alone', () => {
    expect(guard).toContain(`    chain nginx {
        ip daddr { 169.254.0.0/16, 100.100.100.200, 192.0.0.192 } reject with tcp reset
        ip6 daddr { fe80::/10, fd00:ec2::254 } reject with tcp reset
        fib daddr type != local accept
        tcp dport { 22, 3306, 6379, 8080, 8081 } reject with tcp reset
        ip daddr 127.0.0.1 tcp dport @ports accept
        ip6 daddr ::1 tcp dport @ports accept
        ip daddr . tcp dport @targets4 accept
        ip6 daddr . tcp dport @targets6 accept
        reject with tcp reset
    }
`)
    expect(renderGuard({ ...serverFacts, sshPorts: [2222, 22] })).toContain(
      'tcp dport { 22, 2222, 3306, 6379, 8080, 8081 } reject',
    )
  })

  it.each([
    ['http://127.0.0.1:3000', 'add element inet hosting_panel_apps targets4 { 127.0.0.1 . 3000 }\n'],
    ['https://10.0.0.5', 'add element inet hosting_panel_apps targets4 { 10.0.0.5 . 443 }\n'],
    ['http://[::1]:3000', 'add element inet hosting_panel_apps targets6 { ::1 . 3000 }\n'],
    [
      'http://localhost:3000',
      'add element inet hosting_panel_apps targets4 { 127.0.0.1 . 3000 }\nadd element inet hosting_panel_apps ' +
        'targets6 { ::1 . 3000 }\n',
    ],
    ['http://app.example.com', null],
    ['http://intern.test:81', null],
  ])('%s', (target, rules) => expect(renderTarget(target, serverFacts.hosts, false)).toBe(rules))

  it('a name of /etc/hosts only where an administrator named this server by it', () =>
    expect(renderTarget('http://intern.test:81', serverFacts.hosts, true)).toBe(
      'add element inet hosting_panel_apps targets4 { 10.0.0.5 . 81 }\n',
    ))
})

describe('the limits of connections', () => {
  const limits = renderLimits(serverFacts)

  it('count a site’s user for each service, and nobody of the server’s own', () => {
    const own =
      '0, "www-data", "hosting-panel", "hosting-panel-certbot", "hosting-panel-dump", "hosting-panel-import", ' +
      '"hosting-panel-adminer", "mysql", "redis"'
    expect(limits).toContain(
      `oif "lo" tcp dport 3306 meta skuid != { ${own} } ` +
        'add @mariadb_users { meta skuid ct count over 30 } reject with tcp reset\n',
    )
    expect(limits).toContain('add @redis_users { meta skuid ct count over 60 } reject with tcp reset\n')
    expect(renderLimits({ ...serverFacts, mariadb: false, redis: null })).not.toMatch(/mysql|redis|users/)
  })

  it('count an address or an IPv6 /64, apart for sites and for the panel', () => {
    for (const [name, list] of [
      ['sites', '80, 443'],
      ['panel', '8080, 8081'],
    ]) {
      expect(limits).toContain(
        `tcp dport { ${list} } add @${name}4 { ip saddr ct count over 2048 } reject with tcp reset\n`,
      )
      expect(limits).toContain(
        `tcp dport { ${list} } add @${name}6 { ip6 saddr & ffff:ffff:ffff:ffff:: ct count over 2048 } reject ` +
          `with tcp reset\n`,
      )
    }
  })
})

/** Names of users that only an installed server has become numbers; includes go. */
const portable = (text: string): string =>
  text
    .replaceAll(/"(?:mysql|redis|hosting-panel[a-z-]*|s-x)"/g, (name) => String(40_000 + name.length))
    .replaceAll(/^include .*$/gm, '')
const canLoad = existsSync('/usr/sbin/nft') && process.getuid!() === 0

it.runIf(canLoad)('nft takes all of it', () => {
  const rules =
    guard +
    renderGuarded('s-x', 20_001) +
    renderTarget('http://localhost:3000', new Map(), false) +
    renderLimits(serverFacts, { sites: ['192.0.2.0/24', '192.0.2.7'], panel: ['2001:db8::/32'] })
  const check = (text: string) =>
    execFileSync('/usr/sbin/nft', ['--check', '--file', '-'], {
      input: portable(text),
      stdio: ['pipe', 'ignore', 'pipe'],
    })
  expect(() => check(rules)).not.toThrow()
  expect(
    () => check(rules.replace('ct count over', 'ct counts over')),
    'and would not take what is wrong (control)',
  ).toThrow()
})

describe('how many connections nginx holds', () => {
  it.each([
    [512, 2048, 256],
    [1024, 4096, 512],
    [2048, 8192, 1024],
    [4096, 16_384, 2048],
    [65_536, 16_384, 2048],
    [128, 1024, 256],
  ])('with %d MB: %d, of one address %d', (memoryMb, all, one) => {
    expect([workerConnections(memoryMb), connectionsOfAddress(memoryMb)]).toEqual([all, one])
  })

  it.each([
    [
      'events {\n\tworker_connections 768;\n\t# multi_accept on;\n}\nhttp {}\n',
      'events {\n\tworker_connections 16384;\n\t# multi_accept on;\n}\nhttp {}\n',
    ],
    ['events { worker_connections 20000; }\n', 'events { worker_connections 20000; }\n'],
    ['events {\n}\n', 'events {\n\tworker_connections 16384;\n}\n'],
    [
      '# worker_connections 1;\nevents {\n  worker_connections  1024 ;\n}\n',
      '# worker_connections 1;\nevents {\n  worker_connections  16384 ;\n}\n',
    ],
  ])('changes one number of nginx.conf, and once', (before, after) => {
    expect(withConnections(before, 4096)).toBe(after)
    expect(withConnections(after, 4096)).toBe(after)
  })

  it('leaves to people what they set for all of nginx themselves', () => {
    expect(renderTimeouts(serverFacts)).toContain(
      'limit_conn hosting_panel_visitors 2048;\nclient_header_timeout 15s;\nclient_body_timeout 15s;\n' +
        'reset_timedout_connection on;\n',
    )
    const own = renderTimeouts({
      ...serverFacts,
      nginxDirectives: new Set(['client_body_timeout', 'limit_conn', 'limit_conn_status']),
    })
    expect(own).not.toMatch(/^(?:client_body_timeout|limit_conn_status)/m)
    expect(own).toMatch(/^limit_conn hosting_panel_visitors/m)
  })
})
