import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, expectGone, output, deleteSite, traces, writeFile } from './_helpers.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

describe('a PHP site', () => {
  const root = '/var/www/php.test/public'
  const run = async (code: string) => {
    await writeFile(machine, `${root}/t.php`, `<?php ${code}`)
    return (await site(machine, 'php.test', '/t.php')).body
  }
  beforeAll(() => create(panel, { domain: 'php.test', runtime: 'php', phpVersion: '8.2' }))
  afterAll(() => deleteSite(panel, 'php.test'))

  it('answers through PHP at once', async () => {
    expect((await site(machine, 'php.test')).body).toContain('PHP 8.2 answers here')
  })

  it('runs as its own user, within its own directory', async () => {
    const { body } = await panel.get('/sites/php.test')
    expect(await run('echo posix_getpwuid(posix_geteuid())["name"];')).toBe(body.user)
    expect(await run('echo @file_get_contents("/etc/passwd") === false ? "refused" : "read";')).toBe('refused')
    expect(await run('session_start(); echo sys_get_temp_dir(), " ", session_save_path();')).toBe(
      '/var/www/php.test/tmp /var/www/php.test/sessions',
    )
  })

  it('takes new limits without a failed request', async () => {
    expect(
      (await panel.patch('/sites/php.test', { phpSettings: { memoryLimitMb: 96 } })).body.phpSettings,
    ).toMatchObject({ memoryLimitMb: 96, maxChildren: 5 })
    await expect.poll(() => run('echo ini_get("memory_limit");')).toBe('96M')
  })

  it('changes its PHP version', async () => {
    expect((await panel.patch('/sites/php.test', { phpVersion: '7.4' })).status).toBe(200)
    await expect.poll(() => run('echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')).toBe('7.4')
    expect(await output(machine, 'sh', '-c', 'ls /etc/php/*/fpm/sites/s-php-test-*')).toMatch(/^\/etc\/php\/7\.4\/\S+$/)
    expect((await panel.patch('/sites/php.test', { phpVersion: '8.2' })).status).toBe(200)
  })

  it('refuses a version that is not installed', async () => {
    const { status, body } = await panel.patch('/sites/php.test', { phpVersion: '8.1' })
    expect([status, body.code]).toEqual([409, 'php_version_missing'])
    expect((await panel.get('/sites/php.test')).body.phpVersion).toBe('8.2')
  })

  it('can be shared as the seed has it, and own again', async () => {
    expect((await panel.patch('/sites/php.test', { isolation: 'shared' })).status).toBe(200)
    expect(await run('echo posix_getpwuid(posix_geteuid())["name"];')).toBe('hosting-panel-shared')
    expect(await output(machine, 'stat', '-c', '%U:%G %a', root, `${root}/index.php`)).toBe(
      'hosting-panel-shared:hosting-panel-shared 755\nhosting-panel-shared:hosting-panel-shared 644',
    )
    expect((await panel.get('/sites/php.test')).body.user).toBe('hosting-panel-shared')
    expect((await panel.patch('/sites/php.test', { isolation: 'own' })).status).toBe(200)
    const { user } = (await panel.get('/sites/php.test')).body
    expect(await run('echo posix_getpwuid(posix_geteuid())["name"];')).toBe(user)
    expect(await output(machine, 'stat', '-c', '%U:%G %a', root, `${root}/index.php`)).toBe(
      `${user}:${user} 750\n${user}:${user} 640`,
    )
  })

  it('answers 503 while disabled, and runs again', async () => {
    expect((await panel.patch('/sites/php.test', { enabled: false })).body.state).toBe('disabled')
    expect((await site(machine, 'php.test')).status).toBe(503)
    expect((await panel.patch('/sites/php.test', { enabled: true })).body.state).toBe('active')
    expect((await site(machine, 'php.test')).status).toBe(200)
  })

  it('sleeps when idle, costs nothing then, and answers the next request', async () => {
    await site(machine, 'php.test')
    const masters = async () => Number(await output(machine, 'pgrep', '-cf', 'php-fpm: master.*s-php-test-'))
    expect(await masters()).toBe(1)
    await output(machine, 'touch', '-d', '11 minutes ago', '/var/log/nginx/php.test.access.log')
    await expect
      .poll(
        async () => {
          await output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')
          return masters()
        },
        { timeout: 90_000, interval: 2_000 },
      )
      .toBe(0)
    expect((await site(machine, 'php.test')).status).toBe(200)
    expect(await masters()).toBe(1)
  })

  it('is not put to sleep while a request runs', async () => {
    await writeFile(machine, `${root}/slow.php`, '<?php sleep(4); echo "done";')
    const slow = site(machine, 'php.test', '/slow.php')
    await output(machine, 'sh', '-c', 'sleep 1; touch -d "11 minutes ago" /var/log/nginx/php.test.access.log')
    await output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')
    expect((await slow).body).toBe('done')
  })
})

describe('a proxy', () => {
  afterAll(() => deleteSite(panel, 'proxy.test'))

  it('passes requests on, and answers 502 with a page when nobody listens', async () => {
    await create(panel, { domain: 'proxy.test', runtime: 'proxy', proxyTo: 'http://127.0.0.1:9123' })
    const { status, body } = await site(machine, 'proxy.test')
    expect([status, body]).toEqual([502, expect.stringContaining('<html')])
    const server =
      'require("http").createServer((q, r) => r.end(q.headers.host + " " + q.headers["x-forwarded-proto"] + " " ' +
      '+ q.url)).listen(9123, "127.0.0.1")'
    await output(
      machine,
      'systemd-run',
      '--unit=test-upstream',
      '/opt/hosting-panel/current/node_modules/.bin/node',
      '-e',
      server,
    )
    await expect.poll(async () => (await site(machine, 'proxy.test', '/a?b')).body).toBe('proxy.test http /a?b')
    await output(machine, 'systemctl', 'stop', 'test-upstream')
  })
})

describe('names', () => {
  it('international ones answer under their punycode and show as written', async () => {
    await create(panel, { domain: 'bücher.test', runtime: 'static' })
    const { body } = await panel.get('/sites/xn--bcher-kva.test')
    expect(body).toMatchObject({ domain: 'xn--bcher-kva.test', unicodeDomain: 'bücher.test' })
    expect((await site(machine, 'xn--bcher-kva.test')).body).toContain('bücher.test is ready')
    await deleteSite(panel, 'xn--bcher-kva.test')
  })

  it('an unknown one gets no answer on 80 and no handshake on 443', async () => {
    await expect(site(machine, 'nobody.test')).rejects.toThrow()
    await expect(site(machine, 'nobody.test', '/', { scheme: 'https' })).rejects.toThrow(
      /alert|handshake|unrecognized/i,
    )
  })
})

describe('deletion', () => {
  it('moves the files to the trash', async () => {
    await create(panel, { domain: 'trash.test', runtime: 'php' })
    const { status, body } = await panel.delete('/sites/trash.test')
    expect([status, body.trash]).toEqual([200, expect.stringMatching(/^\/var\/www\/\.trash\/\d{8}T\d{6}-trash\.test$/)])
    expect(await output(machine, 'ls', `${body.trash}/public`)).toBe('index.php')
    await expectGone(machine, panel, 'trash.test')
  })

  it('or removes them for good', async () => {
    await create(panel, { domain: 'purge.test', runtime: 'php' })
    expect(await traces(machine, 'purge.test')).not.toEqual([])
    expect((await deleteSite(panel, 'purge.test')).body).toEqual({ trash: null })
    await expectGone(machine, panel, 'purge.test')
    await expect
      .poll(() => output(machine, 'find', '/var/www/.trash', '/var/log/nginx/.trash', '-name', '*purge.test*'))
      .toBe('')
  })
})

describe('isolation', () => {
  it('no site reads another, the panel, or talks to its agent', async () => {
    for (const domain of ['one.test', 'two.test']) await create(panel, { domain, runtime: 'php' })
    await site(machine, 'two.test')
    const { user } = (await panel.get('/sites/one.test')).body
    const two = (await panel.get('/sites/two.test')).body.user
    const as = async (...argv: string[]) =>
      (await machine.sh(['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--', ...argv])).code
    expect(await as('cat', '/var/www/one.test/public/index.php')).toBe(0)
    expect(await as('ls', '/var/www/two.test')).not.toBe(0)
    expect(await as('cat', '/var/www/two.test/public/index.php')).not.toBe(0)
    expect(await as('ls', '/opt/hosting-panel')).not.toBe(0)
    expect(await as('cat', '/etc/hosting-panel/proxy-secret')).not.toBe(0)
    expect(await as('cat', '/etc/nginx/snippets/hosting-panel-secret.conf')).not.toBe(0)
    const connect = (path: string) => as('php8.2', '-r', `exit(@stream_socket_client("unix://${path}") ? 0 : 1);`)
    expect(await connect('/run/hosting-panel/agent.sock')).not.toBe(0)
    expect(await connect(`/run/hosting-panel/php/${two}.sock`)).not.toBe(0)
    for (const domain of ['one.test', 'two.test']) await deleteSite(panel, domain)
  })
})
