import { expect, it } from 'vitest'
import { isCheckedByReload } from '../../../lib/agent/services/nginx.ts'
import { isTakenLate } from '../../../lib/agent/services/site-processes.ts'
import type { Delta } from '../../../lib/agent/resources/resource.ts'

const access = { owner: 'root', group: 'root', mode: 0o644 }
const vhost = (id: string, more = '') => ({
  ...access,
  content: `server {\n    ssl_certificate /etc/hosting-panel/certificates/a.test/${id}/fullchain.pem;\n${more}}\n`,
})
const delta = (
  before: ReturnType<typeof vhost> | null,
  after: ReturnType<typeof vhost> | null,
  name = '/etc/nginx/sites-available/a.test.conf',
): Delta => ({ kind: 'file', name, before, after })
const [old, next] = ['0'.repeat(32), 'f'.repeat(32)]

it('vhosts of our templates and other certificates in the same text are checked by the reload alone', () => {
  const server = '/etc/nginx/conf.d/hosting-panel.conf'
  for (const checked of [
    delta(null, vhost(next)),
    delta(vhost(old), vhost(next, '    root /srv;\n')),
    delta(vhost(old), null),
    delta(vhost(old), vhost(next), server),
    { ...delta(null, null, '/etc/nginx/sites-enabled/a.test.conf'), kind: 'link' as const },
    { kind: 'directory', name: '/etc/nginx/hosting-panel/a.test', before: null, after: {} },
  ] as Delta[])
    expect([checked.name, isCheckedByReload(checked)]).toEqual([checked.name, true])
  for (const unchecked of [
    delta(vhost(old), vhost(next, '    root /srv;\n'), server),
    delta(vhost(old), vhost('../../../etc'), server),
    delta(null, vhost(next), server),
    delta(vhost(old), null, server),
    delta(null, vhost(next), '/etc/nginx/additions/a.test/directives.conf'),
    delta(vhost(old), vhost(next), '/etc/php/8.2/fpm/sites/a.conf'),
    { kind: 'directory', name: '/etc/nginx/hosting-panel/a.test', before: {}, after: null },
  ] as Delta[])
    expect([unchecked.name, isCheckedByReload(unchecked)]).toEqual([unchecked.name, false])
})

it(
  'a folder that its new owner alone may read changes hands after nginx has moved over, one that both may read ' +
    'before',
  () => {
    const change = (owner: string, next: string, mode: number, name = '/var/www/a.test/public'): Delta => ({
      kind: 'directory',
      name,
      before: { owner, group: owner, mode: 0o755 },
      after: { owner: next, group: next, mode },
    })
    expect(isTakenLate(change('s-a', 'hosting-panel-shared', 0o755))).toBe(false)
    expect(isTakenLate(change('hosting-panel-shared', 's-a', 0o2750))).toBe(true)
    expect(isTakenLate(change('s-a', 'hosting-panel-shared', 0o700, '/var/www/a.test/tmp'))).toBe(true)
    expect(isTakenLate(change('s-a', 's-a', 0o700))).toBe(false)
    expect(isTakenLate(change('nobody', 'root', 0o700, '/etc/hosting-panel/apps'))).toBe(false)
    expect(isTakenLate({ ...change('s-a', 's-b', 0o700), before: null } as Delta)).toBe(false)
    const regrouped = change('s-a', 's-a', 0o750)
    expect(isTakenLate({ ...regrouped, before: { owner: 's-a', group: 'www-data', mode: 0o2750 } } as Delta)).toBe(true)
  },
)
