import { beforeAll, expect, it } from 'vitest'
import { api, client, request, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { useMachine } from '../use-machine.ts'
import { output } from '../sites/_helpers.ts'
import {
  asRoot,
  dropDatabase,
  insteadOfAdminer,
  linkTo,
  makeDatabase,
  newSession,
  openTool,
  runSql,
  toolUrl,
  toolWith,
  type Tool,
} from './_tool.ts'

const overTcp =
  "mysqli_report(MYSQLI_REPORT_OFF); @mysqli_init()->real_connect('127.0.0.1', 'x', 'x'); return " +
  'mysqli_connect_error();'
const service = 'hosting-panel-php@hosting-panel-adminer.service'

let machine: Machine
let panel: Api
let session: string
let tool: Tool
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  for (const name of ['tool_shop', 'tool_other']) await makeDatabase(machine, name)
  await asRoot(
    machine,
    'USE tool_shop',
    'CREATE TABLE orders (id INT PRIMARY KEY, note TEXT)',
    "INSERT INTO orders VALUES (1, 'a red bicycle')",
  )
  await asRoot(
    machine,
    'USE tool_other',
    'CREATE TABLE secrets (word TEXT)',
    "INSERT INTO secrets VALUES ('canary-of-another')",
  )
  session = await newSession(machine)
  tool = await openTool(machine, session, 'tool_shop')
  return async () => {
    for (const name of ['tool_shop', 'tool_other']) await dropDatabase(machine, name)
  }
})

it('a link leads to the database’s tables, and works once', async () => {
  const link = await linkTo(machine, session, 'tool_shop')
  const stranger = await request(link)
  expect([stranger.status, stranger.body]).toEqual([410, expect.stringContaining('href="/panel"')])
  expect((await request(link, { headers: { cookie: tool.cookie } })).status).toBe(302)
  expect((await request(link, { headers: { cookie: tool.cookie } })).status).toBe(410)
  const { status, body, headers } = await tool.get('?db=tool_shop')
  expect(status).toBe(200)
  expect(body).toContain('orders')
  expect(body).not.toMatch(/adminer\.org\/version|type="password"|verifyVersion/)
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  expect(headers['set-cookie']).toBeUndefined()
  expect((await tool.get('?db=tool_shop&select=orders')).body).toContain('a red bicycle')
  expect((await tool.get('?file=default.css&version=4.8.1')).headers['content-type']).toContain('text/css')
  expect((await request(`${toolUrl(machine)}/panel`)).headers.location).toBe(
    `https://${machine.address}:8080/databases`,
  )
})

it('SQL runs, and its changes are there', async () => {
  await runSql(
    tool,
    'tool_shop',
    "INSERT INTO orders VALUES (2, 'a bell'); SELECT CONCAT('so much: ', COUNT(*)) FROM orders",
  )
  expect(await asRoot(machine, 'SELECT note FROM tool_shop.orders WHERE id = 2')).toBe('a bell')
  expect(await runSql(tool, 'tool_shop', "SELECT CONCAT('as ', CURRENT_USER())")).toMatch(
    /as hosting-panel-db-[0-9a-f]{12}@localhost/,
  )
})

it('MariaDB lets it into no other database and at no file', async () => {
  for (const sql of [
    'SELECT * FROM tool_other.secrets',
    'USE tool_other',
    'SELECT * FROM mysql.user',
    'CREATE DATABASE tool_third',
    "CREATE USER 'x'@localhost",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE orders (note)",
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE orders (note)",
    "SELECT * FROM orders INTO OUTFILE '/tmp/tool-orders'",
    'SET GLOBAL general_log = 1',
  ])
    expect(await runSql(tool, 'tool_shop', sql), sql).toMatch(
      /Error in query \((?:1044|1045|1142|1227|1148|4166|1290|3948|2068)\)/,
    )
  expect(await runSql(tool, 'tool_shop', "SELECT COALESCE(LOAD_FILE('/etc/passwd'), 'no file')")).toContain('no file')
  expect(await asRoot(machine, 'SELECT COUNT(*) FROM tool_shop.orders')).toBe('2')
})

it.each([
  'server=evil.test',
  'server=127.0.0.1:8080',
  'sqlite=/etc/passwd',
  'sqlite=&username=x',
  'sqlite2=x',
  'pgsql=evil.test',
  'elastic=127.0.0.1:8080',
  'mongo=evil.test',
  'mssql=evil.test',
  'oracle=evil.test',
  'simpledb=evil.test',
  'username=root',
  'db=tool_shop&db=tool_other',
  'server[]=x&username[]=x',
])('the address chooses nothing: %s', async (query) => {
  const { status, body } = await tool.get(`?db=tool_shop&${query}`)
  expect(status).toBe(200)
  expect(body).toContain('orders')
  expect(body).not.toMatch(/canary-of-another|secrets|evil\.test/)
})

it('nor does a form', async () => {
  const { body } = await tool.post('?db=tool_shop', {
    'auth[driver]': 'server',
    'auth[server]': 'evil.test',
    'auth[username]': 'root',
    'auth[password]': '',
  })
  expect(body).toContain('orders')
  const imported = await tool.post('?db=tool_shop&import=', { webfile: '1' })
  expect(imported.body).not.toMatch(/webfile|executed OK/)
  await tool.post('?db=tool_shop&script=version', { version: '9', signature: 'x' })
  expect(await output(machine, 'find', '/var/lib/hosting-panel-adminer', '-name', 'adminer.version')).toBe('')
})

it('another database is not open, and both are once that one is', async () => {
  expect((await tool.get('?db=tool_other')).status).toBe(401)
  const both = await openTool(machine, tool.cookie, 'tool_other')
  expect((await both.get('?db=tool_other&select=secrets')).body).toContain('canary-of-another')
  expect((await both.get('?db=tool_shop')).body).toContain('orders')
  expect(await runSql(both, 'tool_shop', 'SELECT * FROM tool_other.secrets')).toContain('Error in query (1142)')
})

it('PHP is told nothing of the panel’s, runs as its own user, and reaches no file, program or network', async () => {
  const seen = JSON.parse(
    await insteadOfAdminer(
      machine,
      tool,
      `
    $try = function ($what) { try { return @$what(); } catch (Throwable $error) { return false; } };
    $secrets = ['/etc/passwd', '/etc/hosting-panel/proxy-secret', '/proc/self/environ', '/var/www'];
    $own = '/var/lib/hosting-panel-adminer/tmp/x';
    echo json_encode([
      'server' => $_SERVER, 'cookies' => array_keys($_COOKIE),
      'user' => posix_getpwuid(posix_geteuid())['name'], 'groups' => posix_getgroups(),
      'files' => array_map(fn ($path) => $try(fn () => file_get_contents($path)), $secrets),
      'glob' => $try(fn () => glob('/etc/*')) ?: false,
      'exec' => $try(fn () => exec('id')), 'open' => $try(fn () => popen('id', 'r')),
      'tcp' => $try(function () { ${overTcp} }),
      'url' => $try(fn () => file_get_contents('https://127.0.0.1:8080/api/health')),
      'write' => $try(fn () => file_put_contents('/tmp/x', 'x')),
      'own' => $try(fn () => file_put_contents($own, 'x') && unlink($own)),
    ]);`,
      { authorization: 'Bearer canary', 'x-canary': 'yes', 'user-agent': 'canary' },
    ),
  ) as Record<string, unknown>
  const server = seen.server as Record<string, string>
  // The distribution's fastcgi_params may have the host.
  expect(
    Object.keys(server)
      .filter((name) => name.startsWith('HTTP_') && name !== 'HTTP_HOST')
      .sort(),
  ).toEqual(['HTTP_ACCEPT_LANGUAGE', 'HTTP_COOKIE', 'HTTP_X_REQUESTED_WITH'])
  expect(server.HTTP_COOKIE).toMatch(/^adminer_sid=[0-9a-f]{64}$/)
  for (const part of tool.cookie.split('; ')) expect(JSON.stringify(server)).not.toContain(part.split('=')[1])
  expect(JSON.stringify(server)).not.toContain('canary')
  const secret = await output(machine, 'cat', '/etc/hosting-panel/proxy-secret')
  expect(JSON.stringify(server)).not.toContain(secret)
  expect(seen).toMatchObject({
    cookies: ['adminer_sid'],
    user: 'hosting-panel-adminer',
    files: [false, false, false, false],
    glob: false,
    exec: false,
    open: false,
    tcp: 'Unknown error while connecting',
    url: false,
    write: false,
    own: true,
  })
  const outside = await machine.sh([
    'setpriv',
    '--reuid=hosting-panel-adminer',
    '--regid=hosting-panel-adminer',
    '--clear-groups',
    'php',
    '-r',
    `echo (function () { ${overTcp} })();`,
  ])
  expect(outside.stdout, 'the same where the service’s limits do not hold').toContain('Access denied')
  expect((await tool.get('?db=tool_shop')).body).toContain('orders')
})

it('its password is in no file of PHP’s, and no address is in the log', async () => {
  expect(await output(machine, 'sh', '-c', 'cat /var/lib/hosting-panel-adminer/sessions/sess_* | wc -c')).not.toBe('0')
  const { stdout } = await machine.sh([
    'sh',
    '-c',
    'grep -rl "$(printf %s hosting-panel-db-)" /var/lib/hosting-panel-adminer/sessions | xargs cat',
  ])
  expect(stdout).not.toMatch(/[\w-]{43}/)
  // Adminer has PHP warn here.
  await tool.get('?db=tool_shop&script=db')
  expect((await machine.sh(['grep', '-c', 'script=db', '/var/log/nginx/hosting-panel.error.log'])).stdout.trim()).toBe(
    '0',
  )
  expect(await output(machine, 'cat', '/var/log/nginx/hosting-panel-tool.access.log')).not.toMatch(/\?|open\/|select/)
})

it(
  'who changes the account’s own password is shown the way back, and no form; it is the panel’s again at the ' +
    'next link',
  async () => {
    const own = await openTool(machine, session, 'tool_other')
    expect(await runSql(own, 'tool_other', "SET PASSWORD = PASSWORD('of my own')")).toContain('Query executed OK')
    const { status, body } = await own.get('?db=tool_other')
    expect([status, body]).toEqual([403, expect.stringContaining('href="/panel"')])
    expect(body).not.toContain('auth[')
    expect((await (await openTool(machine, session, 'tool_other')).get('?db=tool_other')).status).toBe(200)
  },
)

it('a database the panel does not know, or one that is gone, is not opened', async () => {
  await asRoot(machine, 'CREATE DATABASE IF NOT EXISTS tool_stray')
  expect((await panel.post('/databases/tool_stray/sign-on')).body.code).toBe('database_not_found')
  expect(await asRoot(machine, "SELECT COUNT(*) FROM mysql.db WHERE Db = 'tool_stray'")).toBe('0')
  await asRoot(machine, 'DROP DATABASE tool_stray')
  await makeDatabase(machine, 'tool_gone')
  const own = await openTool(machine, session, 'tool_gone')
  expect((await own.get('?db=tool_gone')).status).toBe(200)
  await dropDatabase(machine, 'tool_gone')
  expect((await own.get('?db=tool_gone')).status).toBe(401)
})

it('its master and its workers are its user’s, and sleep when idle until the next request', async () => {
  await tool.get('?db=tool_shop')
  const processes = await output(
    machine,
    'sh',
    '-c',
    "ps -eo user:32=,args= | grep '[p]hp-fpm:.*hosting-panel-adminer'",
  )
  const users = processes.split('\n').map((line) => line.split(' ')[0])
  // A worker that has just answered may not be free yet: the next request gets another.
  expect(users.length).toBeGreaterThanOrEqual(2)
  expect(new Set(users)).toEqual(new Set(['hosting-panel-adminer']))
  await machine.sh(['sh', '-c', 'touch -d "-20 minutes" /var/log/nginx/hosting-panel-tool.access.log'])
  await expect
    .poll(
      async () => {
        await output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')
        return (await machine.sh(['systemctl', 'is-active', service])).stdout.trim()
      },
      { timeout: 90_000, interval: 1000 },
    )
    .toBe('inactive')
  expect((await tool.get('?db=tool_shop')).body).toContain('orders')
})

it('it is part of what the server should be: drift shows it, and puts it back', async () => {
  await output(
    machine,
    'sed',
    '-i',
    's/open_basedir/;open_basedir/',
    '/etc/php/8.2/fpm/sites/hosting-panel-adminer.conf',
  )
  await output(machine, 'systemctl', 'stop', 'hosting-panel-php@hosting-panel-adminer.socket')
  const changes = (await panel.get('/drift')).body.changes as { name: string }[]
  expect(changes.map(({ name }) => name)).toEqual([
    '/etc/php/8.2/fpm/sites/hosting-panel-adminer.conf',
    'hosting-panel-php@hosting-panel-adminer.socket',
  ])
  const down = await tool.get('?db=tool_shop')
  expect([down.status, down.body]).toEqual([503, expect.stringContaining('not answering right now')])
  expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect((await tool.get('?db=tool_shop')).body).toContain('orders')
})

it('without Adminer nginx goes on, and the panel says what is missing', async () => {
  await output(machine, 'mv', '/usr/share/adminer/adminer.php', '/root/adminer.php')
  try {
    expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
    expect((await panel.post('/databases/tool_shop/sign-on')).body.code).toBe('tool_missing')
    expect((await tool.get('?db=tool_shop')).status).toBe(503)
    expect(
      await output(machine, 'sh', '-c', 'ls /etc/php/*/fpm/sites/hosting-panel-adminer.conf 2>/dev/null | wc -l'),
    ).toBe('0')
  } finally {
    await output(machine, 'mv', '/root/adminer.php', '/usr/share/adminer/adminer.php')
    expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
  }
  expect((await tool.get('?db=tool_shop')).body).toContain('orders')
})

it('it ends when it is closed, and with the panel’s session', async () => {
  const own = await newSession(machine)
  const first = await openTool(machine, own, 'tool_shop')
  const left = await first.post('?db=tool_shop', { logout: 'Logout' })
  expect([left.status, left.headers.location]).toEqual([302, expect.stringMatching(/\/close$/)])
  expect((await first.get('close')).status).toBe(401)
  expect((await first.get('?db=tool_shop')).status).toBe(401)
  const again = await openTool(machine, own, 'tool_shop')
  expect((await again.get('?db=tool_shop')).status).toBe(200)
  expect((await client(machine, own).delete('/session')).status).toBe(204)
  const after = await again.get('?db=tool_shop')
  expect([after.status, after.body]).toEqual([401, expect.stringContaining('href="/panel"')])
  expect((await toolWith(machine, again.cookie.split('; ')[1]!).get('?db=tool_shop')).status).toBe(401)
})
