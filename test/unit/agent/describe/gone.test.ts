import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeAbsence } from '../../../../lib/agent/sites/describe-site.ts'
import { paths } from '../../../../lib/model/paths.ts'
import { isDue, stamp } from '../../../../lib/agent/sites/trash.ts'
import { agesAt } from '../../../_clock.ts'
import { facts } from '../../_facts.ts'
import { outline } from './_outline.ts'

describe('a site that should be gone', () => {
  it('moves each thing to a trash near it, as nothing is moved from one disk to another', () => {
    const moved = describeAbsence('example.test', 'trash', '20261123T101500', { ...facts, phpVersions: ['8.2'] })
      .filter((resource) => resource.kind === 'tree')
      .map(({ name, state }) => [name, state?.at ?? ''] as const)
    expect(moved.length).toBeGreaterThan(10)
    for (const [name, at] of moved) expect([name, name.startsWith(`${dirname(dirname(at))}/`)]).toEqual([name, true])
  })

  it('leaves nothing but its trash', () => {
    expect(
      outline(describeAbsence('example.test', 'trash', '20261123T101500', { ...facts, phpVersions: ['8.2'] })),
    ).toEqual([
      '- link /etc/nginx/sites-enabled/example.test.conf',
      '- file /etc/nginx/sites-available/example.test.conf',
      '- unit hosting-panel-php@s-example-test-9b263fbc.socket',
      '- link /etc/systemd/system/sockets.target.wants/hosting-panel-php@s-example-test-9b263fbc.socket',
      '- file /etc/hosting-panel/php/s-example-test-9b263fbc.env',
      '- file /etc/systemd/system/hosting-panel-php@s-example-test-9b263fbc.service.d/slice.conf',
      'tree /etc/systemd/system/hosting-panel-php@s-example-test-9b263fbc.service.d ' +
        `${paths.settingsTrash}/purge-hosting-panel-php@s-example-test-9b263fbc.service.d`,
      '- file /etc/php/8.2/fpm/sites/s-example-test-9b263fbc.conf',
      '- unit hosting-panel-php-shared@s-example-test-9b263fbc-shared.socket',
      '- link /etc/systemd/system/sockets.target.wants/hosting-panel-php-shared@s-example-test-9b263fbc-shared.socket',
      '- file /etc/hosting-panel/php/s-example-test-9b263fbc-shared.env',
      '- file /etc/systemd/system/hosting-panel-php-shared@s-example-test-9b263fbc-shared.service.d/slice.conf',
      'tree /etc/systemd/system/hosting-panel-php-shared@s-example-test-9b263fbc-shared.service.d ' +
        `${paths.settingsTrash}/purge-hosting-panel-php-shared@s-example-test-9b263fbc-shared.service.d`,
      '- file /etc/php/8.2/fpm/sites/s-example-test-9b263fbc-shared.conf',
      '- file /etc/hosting-panel/apps/s-example-test-9b263fbc.nft',
      '- file /etc/hosting-panel/apps/s-example-test-9b263fbc.json',
      '- file /etc/hosting-panel/apps/s-example-test-9b263fbc.env',
      '- file /etc/hosting-panel/redis/s-example-test-9b263fbc.acl',
      '- file /etc/hosting-panel/mail/s-example-test-9b263fbc.json',
      '- file /etc/hosting-panel/mail/s-example-test-9b263fbc.names',
      '- file /etc/security/limits.d/hosting-panel-s-example-test-9b263fbc.conf',
      'tree /var/cache/hosting-panel/pages/example.test /var/cache/hosting-panel/pages/.trash/purge-example.test',
      '- account s-example-test-9b263fbc',
      'tree /etc/nginx/hosting-panel/.kept/example.test ' +
        '/etc/nginx/hosting-panel/.trash/purge-20261123T101500-kept-example.test',
      '- file /etc/nginx/hosting-panel/.refused/example.test',
      'tree /etc/nginx/hosting-panel/example.test /etc/nginx/hosting-panel/.trash/20261123T101500-example.test',
      'tree /etc/hosting-panel/certificates/example.test ' +
        '/etc/hosting-panel/certificates/.trash/20261123T101500-example.test',
      'tree /var/www/example.test /var/www/.trash/20261123T101500-example.test',
      'tree /var/log/nginx/example.test.access.log /var/log/nginx/.trash/purge-20261123T101500-example.test.access.log',
      'tree /var/log/nginx/example.test.error.log /var/log/nginx/.trash/purge-20261123T101500-example.test.error.log',
      'tree /var/lib/hosting-panel-mail/sites/s-example-test-9b263fbc ' +
        '/var/lib/hosting-panel-mail/.trash/purge-20261123T101500-s-example-test-9b263fbc',
      ...['', '.1', '.2', '.3'].map(
        (old) =>
          `tree /var/log/hosting-panel-apps/example.test.log${old} ` +
          `/var/log/hosting-panel-apps/.trash/purge-20261123T101500-example.test.log${old}`,
      ),
    ])
  })
})

describe('the trash', () => {
  const now = new Date('2026-11-23T10:15:00Z')
  it('is kept for 30 days', () => {
    expect(stamp(now)).toBe('20261123T101500')
    expect(isDue('20261025T000000-a.test', agesAt(now))).toBe(false)
    expect(isDue('20261024T101459-a.test', agesAt(now))).toBe(true)
    expect(isDue('purge-20261123T101500-a.test', agesAt(now))).toBe(true)
    expect(isDue('somebody-elses-file', agesAt(now))).toBe(false)
  })
})
