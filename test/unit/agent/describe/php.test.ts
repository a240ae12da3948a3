import { describe, expect, it } from 'vitest'
import { describeSite } from '../../../../lib/agent/sites/describe-site.ts'
import { paths } from '../../../../lib/model/paths.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'
import { outline } from './_outline.ts'

describe('a PHP site', () => {
  const spec = siteSpec({ runtime: 'php', phpVersion: '8.2' })

  it('is these resources, in the order they are made', () => {
    expect(outline(describeSite(spec, facts))).toEqual([
      'account s-example-test-9b263fbc /var/www/example.test hosting-panel site example.test www-data',
      'directory /var/www/example.test root:www-data 751',
      'directory /var/www/example.test/public s-example-test-9b263fbc:s-example-test-9b263fbc 750',
      'file /var/www/example.test/public/index.php s-example-test-9b263fbc:s-example-test-9b263fbc 640',
      'directory /etc/nginx/hosting-panel/example.test root:root 755',
      '- file /etc/nginx/hosting-panel/example.test/directives.conf',
      '- file /etc/security/limits.d/hosting-panel-s-example-test-9b263fbc.conf',
      'file /etc/hosting-panel/mail/s-example-test-9b263fbc.names root:hosting-panel-mail 640',
      'directory /var/www/example.test/tmp s-example-test-9b263fbc:s-example-test-9b263fbc 700',
      'directory /var/www/example.test/sessions s-example-test-9b263fbc:s-example-test-9b263fbc 700',
      'directory /var/www/example.test/logs s-example-test-9b263fbc:s-example-test-9b263fbc 700',
      'file /etc/php/8.2/fpm/sites/s-example-test-9b263fbc.conf root:s-example-test-9b263fbc 640',
      'file /etc/hosting-panel/php/s-example-test-9b263fbc.env root:root 644',
      'directory /etc/systemd/system/hosting-panel-php@s-example-test-9b263fbc.service.d root:root 755',
      'file /etc/systemd/system/hosting-panel-php@s-example-test-9b263fbc.service.d/slice.conf root:root 644',
      'link /etc/systemd/system/sockets.target.wants/hosting-panel-php@s-example-test-9b263fbc.socket ' +
        '/etc/systemd/system/hosting-panel-php@.socket',
      'unit hosting-panel-php@s-example-test-9b263fbc.socket',
      '- unit hosting-panel-php-shared@s-example-test-9b263fbc-shared.socket',
      '- link /etc/systemd/system/sockets.target.wants/hosting-panel-php-shared@s-example-test-9b263fbc-shared.socket',
      '- file /etc/hosting-panel/php/s-example-test-9b263fbc-shared.env',
      '- file /etc/systemd/system/hosting-panel-php-shared@s-example-test-9b263fbc-shared.service.d/slice.conf',
      'tree /etc/systemd/system/hosting-panel-php-shared@s-example-test-9b263fbc-shared.service.d ' +
        `${paths.settingsTrash}/purge-hosting-panel-php-shared@s-example-test-9b263fbc-shared.service.d`,
      '- file /etc/php/7.4/fpm/sites/s-example-test-9b263fbc-shared.conf',
      '- file /etc/php/8.2/fpm/sites/s-example-test-9b263fbc-shared.conf',
      '- file /etc/php/7.4/fpm/sites/s-example-test-9b263fbc.conf',
      '- file /etc/hosting-panel/apps/s-example-test-9b263fbc.json',
      '- file /etc/hosting-panel/apps/s-example-test-9b263fbc.env',
      '- file /etc/hosting-panel/apps/s-example-test-9b263fbc.nft',
      '- file /etc/hosting-panel/redis/s-example-test-9b263fbc.acl',
      'tree /var/cache/hosting-panel/pages/example.test /var/cache/hosting-panel/pages/.trash/purge-example.test',
      'log /var/log/nginx/example.test.access.log www-data:adm 640',
      'log /var/log/nginx/example.test.error.log www-data:adm 640',
      'file /etc/nginx/sites-available/example.test.conf root:root 644',
      'link /etc/nginx/sites-enabled/example.test.conf /etc/nginx/sites-available/example.test.conf',
    ])
  })

  it('that is disabled keeps its settings but listens no more', () => {
    const lines = outline(describeSite({ ...spec, enabled: false }, facts))
    expect(lines).toContain('- unit hosting-panel-php@s-example-test-9b263fbc.socket')
    expect(lines).toContain('file /etc/php/8.2/fpm/sites/s-example-test-9b263fbc.conf root:s-example-test-9b263fbc 640')
  })

  it('that is full limits its user; one that grew all the same listens no more', () => {
    const full = describeSite({ ...spec, storage: 'full' }, facts)
    expect(full).toContainEqual({
      kind: 'file',
      name: '/etc/security/limits.d/hosting-panel-s-example-test-9b263fbc.conf',
      state: {
        owner: 'root',
        group: 'root',
        mode: 0o644,
        content: '# Written by the hosting panel: the site has used up its disk.\ns-example-test-9b263fbc - fsize 0\n',
      },
    })
    expect(outline(full)).toContain('unit hosting-panel-php@s-example-test-9b263fbc.socket')
    expect(outline(describeSite({ ...spec, storage: 'over' }, facts))).toContain(
      '- unit hosting-panel-php@s-example-test-9b263fbc.socket',
    )
  })

  it('without systemd is a pool of the distribution’s master', () => {
    const lines = outline(describeSite(spec, { ...facts, systemd: false }))
    expect(lines).toContain('file /etc/php/8.2/fpm/pool.d/s-example-test-9b263fbc.conf root:root 644')
    expect(lines.filter((line) => /unit|systemd/.test(line))).toEqual([])
  })

  it('that is shared belongs to a user that is not nginx’s', () => {
    const lines = outline(describeSite({ ...spec, isolation: 'shared' }, facts))
    expect(lines).toContain('directory /var/www/example.test/public hosting-panel-shared:hosting-panel-shared 755')
    expect(lines).toContain('file /var/www/example.test/public/index.php hosting-panel-shared:hosting-panel-shared 644')
    for (const name of ['tmp', 'sessions', 'logs']) {
      expect(lines).toContain(`directory /var/www/example.test/${name} hosting-panel-shared:hosting-panel-shared 700`)
    }
    expect(lines).toContain(
      'file /etc/php/8.2/fpm/sites/s-example-test-9b263fbc-shared.conf root:hosting-panel-shared 640',
    )
    expect(lines).toContain('unit hosting-panel-php-shared@s-example-test-9b263fbc-shared.socket')
    expect(lines).toContain('- unit hosting-panel-php@s-example-test-9b263fbc.socket')
  })
})
