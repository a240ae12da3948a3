import { expect, it } from 'vitest'
import { onlySwitchesCertificate } from '../../../lib/agent/converge.ts'
import type { Delta } from '../../../lib/agent/resource.ts'

const access = { owner: 'root', group: 'root', mode: 0o644 }
const vhost = (id: string, more = '') => ({ ...access, content: `server {\n    ssl_certificate /etc/hosting-panel/certificates/a.test/${id}/fullchain.pem;\n${more}}\n` })
const delta = (before: ReturnType<typeof vhost> | null, after: ReturnType<typeof vhost> | null, name = '/etc/nginx/sites-available/a.test.conf'): Delta => ({ kind: 'file', name, before, after })
const [old, next] = ['0'.repeat(32), 'f'.repeat(32)]

it('a vhost that only goes from one certificate to the next is checked by the reload alone', () => {
  expect(onlySwitchesCertificate(delta(vhost(old), vhost(next)))).toBe(true)
  expect(onlySwitchesCertificate(delta(vhost(old), vhost(next, '    root /srv;\n')))).toBe(false)
  expect(onlySwitchesCertificate(delta(vhost(old), vhost('../../../etc')))).toBe(false)
  expect(onlySwitchesCertificate(delta(null, vhost(next)))).toBe(false)
  expect(onlySwitchesCertificate(delta(vhost(old), null))).toBe(false)
  expect(onlySwitchesCertificate(delta(vhost(old), vhost(next), '/etc/php/8.2/fpm/sites/a.conf'))).toBe(false)
})
