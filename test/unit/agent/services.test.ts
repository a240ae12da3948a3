import { describe, expect, it } from 'vitest'
import type { Delta } from '../../../lib/agent/resources/resource.ts'
import { services } from '../../../lib/agent/services/index.ts'

const file = (name: string, before: string | null = null, after: string | null = 'x'): Delta => {
  const state = (content: string | null) =>
    content === null ? null : { owner: 'root', group: 'root', mode: 0o644, content }
  return { kind: 'file', name, before: state(before), after: state(after) }
}
const account: Delta = { kind: 'account', name: 's-a-test', before: null, after: { members: ['www-data'] } as never }
const gone = { ...account, before: {}, after: null } as Delta
const socket: Delta = { kind: 'unit', name: 'hosting-panel-php@s-a-test.socket', before: null, after: {} }

/** Names of the services that check or load when these deltas are made. */
const loading = (...deltas: Delta[]): string[] =>
  services.filter(({ owns, check, load }) => (check ?? load) && deltas.some(owns)).map(({ name }) => name)

describe('a change is told to the services that it is about, and named by them', () => {
  const vhost = file('/etc/nginx/sites-available/a.test.conf')
  it.each([
    ['a static site', ['nginx'], [account, vhost]],
    [
      'a PHP site',
      ['PHP sockets', 'PHP', 'nginx'],
      [account, file('/etc/php/8.2/fpm/sites/s-a-test.conf'), socket, vhost],
    ],
    [
      'a PHP site without systemd',
      ['PHP-FPM', 'nginx'],
      [account, file('/etc/php/8.2/fpm/pool.d/s-a-test.conf'), vhost],
    ],
    ['an account alone', ['nginx'], [account]],
    ['an account that goes, or that nginx is not to join', [], [gone, { ...account, after: {} } as Delta]],
    ['MariaDB’s settings', ['MariaDB'], [file('/etc/mysql/mariadb.conf.d/90-hosting-panel.cnf')]],
    ['a jail', ['Fail2ban'], [file('/etc/fail2ban/jail.d/hosting-panel.conf')]],
  ] as [string, string[], Delta[]][])('%s', (_what, names, deltas) => expect(loading(...deltas)).toEqual(names))
})

it('each has a name of its own, and comes after services that stand before it', () => {
  const names = services.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  const changed = file('/etc/nginx/sites-available/a.test.conf', 'old', 'new')
  for (const [index, { after }] of services.entries()) {
    const others = after?.([changed]) ?? []
    expect(others.every((name) => names.slice(0, index).includes(name))).toBe(true)
  }
})

it('nginx waits for PHP where a vhost changes, and not for that of a new site, which answers once all is made', () => {
  const after = (before: string | null) =>
    services.find(({ name }) => name === 'nginx')!.after!([file('/etc/nginx/sites-available/a.test.conf', before)])
  expect([after('old'), after(null)]).toEqual([['PHP-FPM', 'PHP sockets'], []])
})

it('settings of a unit are written before it starts, vhosts go before what they point to', () => {
  const turn = (delta: Delta) => services.map((service) => service.turn?.(delta)).find(Boolean)
  const drop = '/etc/systemd/system/hosting-panel-php@s-a-test.service.d/slice.conf'
  expect([turn(file(drop)), turn(file(drop, 'x', null))]).toEqual(['first', undefined])
  expect(turn(file('/etc/nginx/sites-available/a.test.conf', 'x', null))).toBe('usual')
})
