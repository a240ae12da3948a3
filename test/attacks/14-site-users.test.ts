import { afterAll, beforeAll, expect, it } from 'vitest'
import { appJob, isListening, letSleep, provideNode, startTiny } from '../machine/apps/_tiny.ts'
import { site } from '../machine/http.ts'
import { output, target, type Target } from './_attack.ts'
import { probeAs, putProbe } from './_probe.ts'

let on: Target
beforeAll(async () => {
  on = await target()
  await Promise.all(
    ['one.test', 'two.test', 'shared.test'].map((domain) =>
      on.panel.post('/sites', { domain, runtime: 'php', isolation: domain === 'shared.test' ? 'shared' : 'own' }),
    ),
  )
  await putProbe(on.machine)
  await provideNode(on.panel)
  await Promise.all(
    ['three.test', 'four.test'].map((domain) => startTiny(on.machine, on.panel, domain, { env: { CANARY: domain } })),
  )
}, 300_000)
afterAll(() =>
  Promise.all(
    ['one.test', 'two.test', 'shared.test', 'three.test', 'four.test'].map((domain) =>
      on.panel.delete(`/sites/${domain}?purge=true`),
    ),
  ),
)

/** Sockets that any program on the server may speak to. */
const allowed = ['/nginx.sock', '/mysqld.sock', '/redis-server.sock', '/run/hosting-panel/mail.sock']

const userOf = async (domain: string): Promise<string> => (await on.panel.get(`/sites/${domain}`)).body.user

it.each([
  ['one.test', 'two.test'],
  ['two.test', 'one.test'],
  ['one.test', 'three.test'],
  ['three.test', 'four.test'],
  ['four.test', 'three.test'],
  ['shared.test', 'one.test'],
  ['one.test', 'shared.test'],
])(
  'the user of %s has its own, and nothing of %s, the panel or the server',
  async (own, other) => {
    const user = await userOf(own)
    const found = await probeAs(on.machine, user)
    expect(found).toContain('sudo no')
    expect(
      found
        .filter((line) => line.startsWith('reads') || line.startsWith('writes') || line.startsWith('lists'))
        .filter((line) => !line.includes(`/var/www/${own}`) && !line.includes(user)),
    ).toEqual(
      expect.toSatisfy(
        (lines: string[]) =>
          lines.every(
            (line) =>
              /^lists \/opt\/hosting-panel\/node/.test(line) ||
              // Holds links to PHP's programs alone.
              /^lists \/etc\/hosting-panel\/programs(?:\/[\d.]+)?$/.test(line) ||
              [
                'lists /etc/fail2ban',
                'reads /etc/ufw/ufw.conf',
                'reads /etc/ufw/sysctl.conf',
                'lists /etc/ufw/applications.d',
              ].includes(line) ||
              /^reads \/etc\/hosting-panel\/tls\/panel\.crt$/.test(line),
          ),
        'only what any program may see',
      ),
    )
    expect(found.filter((line) => line.includes(other) || line.includes(other.replace('.', '-')))).toEqual([])
    expect(
      found.filter(
        (line) =>
          line.startsWith('socket') &&
          /hosting-panel|fail2ban|private|mysql|redis|pm2/i.test(line) &&
          !allowed.some((name) => line.endsWith(name)),
      ),
      'nginx’s tells its generation; MariaDB, Redis and the mail service ask who it is',
    ).toEqual([])
    expect(found.filter((line) => line.startsWith('environment'))).toEqual([])
    const ownPort = (await on.panel.get(`/sites/${own}/app`)).body.port as number | undefined
    expect(
      found
        .filter((line) => line.startsWith('port'))
        .filter(
          (line) =>
            ![
              'port 22',
              'port 80',
              'port 443',
              'port 3306',
              'port 6379',
              'port 8080',
              'port 8081',
              `port ${ownPort}`,
            ].includes(line),
        ),
    ).toEqual([])
  },
  300_000,
)

it('whoever takes the port of an app that sleeps is nobody’s site', async () => {
  const { port } = (await on.panel.get('/sites/three.test/app')).body
  const user = await userOf('four.test')
  const script = `for (const host of ['127.0.0.1', '::1']) require('http')
    .createServer((q, s) => s.end('impostor')).listen(${port}, host)`
  const visit = async () => (await site(on.machine, 'three.test', '/pid')).body
  expect(await visit(), 'the app itself (control)').toMatch(/^\d+$/)
  await letSleep(on.machine, on.panel, 'three.test')
  const impostor = await output(
    on.machine,
    'sh',
    '-c',
    `nohup setpriv --reuid=${user} --regid=${user} --clear-groups /opt/hosting-panel/node/24/bin/node -e ` +
      `"${script}" >/dev/null 2>&1 & echo $!`,
  )
  await expect.poll(() => isListening(on.machine, port)).toBe(true)
  expect(await visit()).not.toContain('impostor')
  await output(on.machine, 'kill', impostor)
  expect(await appJob(on.panel, 'three.test', 'start')).toMatchObject({ state: 'done' })
  expect(await visit()).toMatch(/^\d+$/)
}, 300_000)

it('MariaDB and Redis let nobody in without a password, whoever they say they are', async () => {
  const user = await userOf('one.test')
  const ask = async (...argv: string[]) => {
    const { stdout, stderr } = await on.machine.sh([
      'setpriv',
      `--reuid=${user}`,
      `--regid=${user}`,
      '--clear-groups',
      '--reset-env',
      ...argv,
    ])
    return stdout + stderr
  }
  for (const name of ['root', 'mysql', 'mariadb.sys', 'hosting-panel-dump', user, '']) {
    expect(await ask('mariadb', '--user', name, '-e', 'SELECT 1'), name).toContain('Access denied')
    expect(await ask('mariadb', '--host=127.0.0.1', '--user', name, '-e', 'SELECT 1'), name).toContain('Access denied')
  }
  for (const command of [
    ['GET', 'x'],
    ['INFO'],
    ['ACL', 'LIST'],
    ['CONFIG', 'GET', '*'],
    ['AUTH', 'x'],
    ['AUTH', user, 'x'],
    ['HELLO', '3'],
  ]) {
    expect(await ask('redis-cli', '-s', '/run/redis/redis-server.sock', ...command), command.join(' ')).toMatch(
      /NOAUTH|WRONGPASS/,
    )
  }
})

it('the panel’s socket is nobody’s but nginx’s', async () => {
  const ask = async (user: string, ...more: string[]) =>
    output(
      on.machine,
      'sh',
      '-c',
      'setpriv --reuid=$0 --regid=$0 --clear-groups curl -s -o /dev/null -w "%{http_code}" "$@" || true',
      user,
      '--unix-socket',
      '/run/hosting-panel/panel/panel.sock',
      ...more,
      'http://localhost/api/sites',
    )
  const user = await userOf('one.test')
  expect(await ask(user)).toBe('000')
  expect(await ask('www-data'), 'and nginx’s user has to prove itself').toBe('403')
  expect(
    await ask(
      'www-data',
      '-H',
      'X-Real-IP: 127.0.0.1',
      '-H',
      'Authorization: Bearer hp_x',
      '-H',
      'X-Forwarded-For: 127.0.0.1',
    ),
  ).toBe('403')
  const proof = `X-Hosting-Panel-Proxy: ${await output(on.machine, 'cat', '/etc/hosting-panel/proxy-secret')}`
  expect(await ask('www-data', '-H', proof, '-H', 'X-Real-IP: 203.0.113.9'), 'as nginx does (control)').toBe('401')
})

it('the same probe as root finds all of it (control)', async () => {
  const found = await probeAs(on.machine, 'root')
  for (const line of [
    'socket /run/hosting-panel/agent.sock',
    'socket /run/hosting-panel/panel/panel.sock',
    'socket /run/hosting-panel/supervisor.sock',
    'lists /var/lib/hosting-panel/pm2',
    'reads /etc/shadow',
    'writes /var/www/one.test',
    'lists /var/www',
    'lists /var/log/nginx',
    'lists /etc/nginx/sites-available',
    'lists /etc/hosting-panel/php',
    'lists /run/hosting-panel/php',
    'reads /opt/hosting-panel/data/panel.db',
    'reads /etc/hosting-panel/local-token',
  ])
    expect(found).toContain(line)
})
