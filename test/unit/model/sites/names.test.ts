import { describe, expect, it } from 'vitest'
import { siteNames, siteUser } from '../../../../lib/model/sites/names.ts'

describe('what carries a site’s name', () => {
  it('is derived from the domain', () => {
    const escaped = String.raw`s\x2dexample\x2dtest\x2d9b263fbc`
    expect(siteNames('example.test')).toEqual({
      user: 's-example-test-9b263fbc',
      slice: `sites-${escaped}.slice`,
      appUnit: `hosting-panel-app@${escaped}.service`,
      appGroup: `sites.slice/sites-${escaped}.slice/hosting-panel-app@${escaped}.service`,
      certificates: '/etc/hosting-panel/certificates/example.test',
      home: '/var/www/example.test',
      loginLimits: '/etc/security/limits.d/hosting-panel-s-example-test-9b263fbc.conf',
      app: '/var/www/example.test/app',
      appHome: '/var/www/example.test/home',
      venv: '/var/www/example.test/venv',
      appDescription: '/etc/hosting-panel/apps/s-example-test-9b263fbc.json',
      appEnvironment: '/etc/hosting-panel/apps/s-example-test-9b263fbc.env',
      appGuard: '/etc/hosting-panel/apps/s-example-test-9b263fbc.nft',
      mail: '/etc/hosting-panel/mail/s-example-test-9b263fbc.json',
      mailNames: '/etc/hosting-panel/mail/s-example-test-9b263fbc.names',
      mailState: '/var/lib/hosting-panel-mail/sites/s-example-test-9b263fbc',
      appLog: '/var/log/hosting-panel-apps/example.test.log',
      tmp: '/var/www/example.test/tmp',
      sessions: '/var/www/example.test/sessions',
      logs: '/var/www/example.test/logs',
      vhost: '/etc/nginx/sites-available/example.test.conf',
      vhostLink: '/etc/nginx/sites-enabled/example.test.conf',
      additions: '/etc/nginx/hosting-panel/example.test',
      directives: '/etc/nginx/hosting-panel/example.test/directives.conf',
      keptAdditions: '/etc/nginx/hosting-panel/.kept/example.test',
      refusedAdditions: '/etc/nginx/hosting-panel/.refused/example.test',
      passwords: '/etc/nginx/hosting-panel-passwords/example.test',
      redisUser: '/etc/hosting-panel/redis/s-example-test-9b263fbc.acl',
      pageCache: '/var/cache/hosting-panel/pages/example.test',
      accessLog: '/var/log/nginx/example.test.access.log',
      errorLog: '/var/log/nginx/example.test.error.log',
    })
  })

  it('keeps user names within what Linux takes, and apart', () => {
    const domains = [
      'a.b-c.test',
      'a-b.c.test',
      'a-b-c.test',
      `${'x'.repeat(63)}.${'y'.repeat(63)}.test`,
      '1.test',
      'xn--bcher-kva.test',
    ]
    const users = domains.map(siteUser)
    expect(new Set(users).size).toBe(domains.length)
    for (const user of users) expect(user).toMatch(/^s-[a-z0-9-]{1,20}-[0-9a-f]{8}$/)
  })
})
