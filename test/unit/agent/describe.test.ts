import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeAbsence, describeSite } from '../../../lib/agent/sites/describe-site.ts'
import { describeServer } from '../../../lib/agent/server/describe-server.ts'
import { describeAdminer } from '../../../lib/agent/adminer/describe-adminer.ts'
import { newApp } from '../../../lib/model/apps/schema.ts'
import { describeRedisUsers } from '../../../lib/agent/caches/redis.ts'
import { paths } from '../../../lib/model/paths.ts'
import type { SiteSpec } from '../../../lib/model/sites/schema.ts'
import type { Resource } from '../../../lib/agent/resources/resource.ts'
import { isDue, stamp } from '../../../lib/agent/sites/trash.ts'
import { siteSpec } from '../../_site-spec.ts'
import { facts, serverFacts } from '../_facts.ts'

/** `kind name state`, with `-` for what should not be there, and contents left to the renderers' own tests. */
const outline = (resources: Resource[]): string[] =>
  resources.map(({ kind, name, state }) => {
    if (state === null) return `- ${kind} ${name}`
    if (kind === 'directory' || kind === 'file' || kind === 'log') {
      const { owner, group, mode } = state as { owner: string; group: string; mode: number }
      return `${kind} ${name} ${owner}:${group} ${mode.toString(8)}`
    }
    return `${kind} ${name} ${Object.values(state).join(' ')}`.trim()
  })

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

describe('a site with settings', () => {
  it('has a folder that is made with its document root, and only one that is new', () => {
    const [, , folder, next] = describeSite(siteSpec({ documentRoot: 'project/web/public' }), facts)
    expect(folder).toMatchObject({
      name: '/var/www/example.test/project',
      state: {
        owner: 's-example-test-9b263fbc',
        group: 's-example-test-9b263fbc',
        mode: 0o750,
        inside: ['web', 'public'],
      },
    })
    expect(next!.name).toBe('/etc/nginx/hosting-panel/example.test')
  })

  it('tells its passwords to nginx alone', () => {
    const hash = `$6$rounds=1000$salt$${'x'.repeat(86)}`
    const basicAuth = [{ path: '/', realm: 'Members', users: [{ name: 'ann', hash }] }]
    const telling = describeSite(siteSpec({ basicAuth }), facts).filter((one) => JSON.stringify(one).includes(hash))
    expect(telling).toEqual([
      {
        kind: 'file',
        name: '/etc/nginx/hosting-panel-passwords/example.test.8a5edab282632443',
        state: { owner: 'root', group: 'www-data', mode: 0o640, content: `ann:${hash}\n` },
        secret: true,
      },
    ])
  })

  it('names the file of a path by the path alone, and deletes those of paths that are protected no more', () => {
    const users = [{ name: 'ann', hash: `$6$rounds=1000$salt$${'x'.repeat(86)}` }]
    const areaOf = (path: string) => ({ path, realm: 'Members', users })
    const mine = (paths: string[], passwordFiles: string[]) =>
      describeSite(siteSpec({ basicAuth: paths.map(areaOf) }), { ...facts, passwordFiles })
        .filter(({ name }) => name.includes('hosting-panel-passwords'))
        .map(({ name, state }) => [name.split('/').at(-1), state !== null])
    const [a, b] = mine(['/a', '/b'], []).map(([name]) => name as string)
    expect(mine(['/b', '/a'], [])).toEqual([
      [b, true],
      [a, true],
    ])
    const others = ['other.test.8a5edab282632443', 'example.test.sub.8a5edab282632443', 'example.test.x']
    expect(mine(['/b'], [a!, b!, ...others])).toEqual([
      [b, true],
      [a, false],
    ])
    const absent = describeAbsence('example.test', 'trash', '2026', { ...facts, passwordFiles: [a!, ...others] })
    expect(absent.filter(({ name }) => name.includes('passwords')).map(({ name }) => name.split('/').at(-1))).toEqual([
      a,
    ])
  })
})

describe('an app', () => {
  const spec = siteSpec({
    runtime: 'python',
    app: { ...newApp('python', 20_001), env: { SECRET: 'canary' }, command: ['python', 'app.py'] },
  })
  const own = (resources: Resource[]) =>
    outline(resources).filter((line) => /\/(?:app|home|tmp|venv|public)\b|hosting-panel\/apps/.test(line))

  it('has folders that are its user’s alone, and what runs it', () => {
    const user = 's-example-test-9b263fbc'
    expect(own(describeSite(spec, facts))).toEqual([
      `directory /var/www/example.test/app ${user}:${user} 700`,
      `directory /var/www/example.test/home ${user}:${user} 700`,
      `directory /var/www/example.test/tmp ${user}:${user} 700`,
      `directory /var/www/example.test/venv ${user}:${user} 700`,
      `file /etc/hosting-panel/apps/${user}.env root:${user} 640`,
      `file /etc/hosting-panel/apps/${user}.nft root:root 600`,
      `file /etc/hosting-panel/apps/${user}.json root:root 600`,
    ])
  })

  it('tells its secrets to nobody but its environment, which no plan shows', () => {
    const telling = describeSite(spec, facts).filter((resource) => JSON.stringify(resource).includes('canary'))
    expect(telling.map(({ name, secret }) => [name, secret])).toEqual([
      ['/etc/hosting-panel/apps/s-example-test-9b263fbc.env', true],
    ])
  })
})

describe('a site with caches', () => {
  const spec = siteSpec({
    runtime: 'php',
    phpVersion: '8.2',
    cache: { redis: { hash: 'c'.repeat(64) }, page: { minutes: 5, bypassCookies: [], byDevice: false }, scripts: true },
  })

  it('has a user of Redis that no plan shows, and a directory of nginx’s', () => {
    expect(outline(describeSite(spec, facts)).filter((line) => /redis|cache/.test(line))).toEqual([
      'file /etc/hosting-panel/redis/s-example-test-9b263fbc.acl root:root 600',
      'directory /var/cache/hosting-panel/pages/example.test www-data:www-data 700',
    ])
    const telling = describeSite(spec, facts).filter((resource) => JSON.stringify(resource).includes('c'.repeat(64)))
    expect(telling.map(({ name, secret }) => [name, secret])).toEqual([
      ['/etc/hosting-panel/redis/s-example-test-9b263fbc.acl', true],
    ])
  })

  it('adds up to Redis’s users; where there is no Redis there are none', () => {
    const [users, ...others] = describeRedisUsers([spec, siteSpec({ domain: 'other.test' })], facts)
    expect(others).toEqual([])
    expect(users).toMatchObject({
      kind: 'file',
      name: '/etc/hosting-panel/redis.acl',
      secret: true,
      state: { owner: 'root', group: 'redis', mode: 0o640 },
    })
    expect((users!.state as { content: string }).content.split('\n').map((line) => line.split(' ')[1])).toEqual([
      'default',
      'hosting-panel',
      's-example-test-9b263fbc',
      undefined,
    ])
    expect(describeRedisUsers([spec], { ...facts, redis: null })).toEqual([])
    expect(
      outline(describeServer({ certificate: null, serverName: 'panel.test' }, { ...serverFacts, redis: null })).filter(
        (line) => line.includes('redis.conf'),
      ),
    ).toEqual([])
    expect(outline(describeServer({ certificate: null, serverName: 'panel.test' }, serverFacts))).toContain(
      'file /etc/redis/redis.conf root:redis 640',
    )
  })
})

it('the server’s names lead to no site, but for one that a site had first', () => {
  const server = { certificate: null, serverName: 'panel.test' }
  const names = (sites: SiteSpec[]) => {
    const file = describeServer(server, serverFacts, sites).find(({ name }) => name.endsWith('-default.conf'))
    return /server_name (.*);/.exec((file!.state as { content: string }).content)![1]
  }
  expect(names([siteSpec({ aliases: ['*.machine.test'] })])).toBe('_ panel.test machine.test')
  expect(names([siteSpec({ aliases: ['machine.test'] })])).toBe('_ panel.test')
})

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

describe('the server', () => {
  it('keeps its secret out of plans', () => {
    const secret = describeServer({ certificate: null, serverName: 'panel.test' }, serverFacts)
      .filter((resource) => resource.secret)
      .map(({ name }) => name)
    expect(secret).toEqual(['/etc/nginx/snippets/hosting-panel-secret.conf'])
  })
})

describe('the database tool', () => {
  const named = (resources: Resource[]) =>
    outline(resources).filter((line) => !/^- file \/etc\/php\/(?!7\.4|8\.2)/.test(line))
  const user = 'hosting-panel-adminer'

  it('is a master of its own on the newest PHP', () => {
    expect(named(describeAdminer(facts))).toEqual([
      `directory /var/lib/${user} root:${user} 750`,
      `directory /var/lib/${user}/sessions ${user}:${user} 700`,
      `directory /var/lib/${user}/tmp ${user}:${user} 700`,
      `file /etc/php/8.2/fpm/sites/${user}.conf root:${user} 640`,
      `file /etc/hosting-panel/php/${user}.env root:root 644`,
      `link /etc/systemd/system/sockets.target.wants/hosting-panel-php@${user}.socket ` +
        '/etc/systemd/system/hosting-panel-php@.socket',
      `unit hosting-panel-php@${user}.socket`,
      `- file /etc/php/7.4/fpm/sites/${user}.conf`,
    ])
  })

  it('moves when its version goes', () => {
    const lines = outline(describeAdminer({ ...facts, phpVersions: ['7.4'] }))
    expect(lines).toContain(`file /etc/php/7.4/fpm/sites/${user}.conf root:${user} 640`)
    expect(lines).toContain(`- file /etc/php/8.2/fpm/sites/${user}.conf`)
  })

  it.each([{ adminer: false }, { phpVersions: [] }])('is nothing with %o', (lacking) => {
    expect(named(describeAdminer({ ...facts, ...lacking }))).toEqual([
      `- unit hosting-panel-php@${user}.socket`,
      `- link /etc/systemd/system/sockets.target.wants/hosting-panel-php@${user}.socket`,
      `- file /etc/hosting-panel/php/${user}.env`,
      `- file /etc/php/7.4/fpm/sites/${user}.conf`,
      `- file /etc/php/8.2/fpm/sites/${user}.conf`,
    ])
  })

  it('without systemd is a pool of the distribution’s master', () => {
    const lines = outline(describeAdminer({ ...facts, systemd: false }))
    expect(lines).toContain(`file /etc/php/8.2/fpm/pool.d/${user}.conf root:root 644`)
    expect(lines.filter((line) => /unit|systemd/.test(line))).toEqual([])
  })

  it('has its server in nginx either way', () => {
    const lines = outline(
      describeServer(
        { certificate: null, serverName: 'panel.test' },
        { ...serverFacts, adminer: false, phpVersions: [] },
      ),
    )
    expect(lines).toContain(
      'link /etc/nginx/sites-enabled/hosting-panel-tool.conf /etc/nginx/sites-available/hosting-panel-tool.conf',
    )
  })
})

describe('the trash', () => {
  const now = new Date('2026-11-23T10:15:00Z')
  it('is kept for 30 days', () => {
    expect(stamp(now)).toBe('20261123T101500')
    expect(isDue('20261025T000000-a.test', now)).toBe(false)
    expect(isDue('20261024T101459-a.test', now)).toBe(true)
    expect(isDue('purge-20261123T101500-a.test', now)).toBe(true)
    expect(isDue('somebody-elses-file', now)).toBe(false)
  })
})
