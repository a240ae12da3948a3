import { beforeAll, expect, it } from 'vitest'
import type { Machine } from '../machine.ts'
import { useMachine } from '../use-machine.ts'
import { output } from '../sites/_helpers.ts'
import { asRoot, insteadOfAdminer, makeShop, newSession, openTool, runSql, type Tool } from './_tool.ts'

const overTcp =
  "mysqli_report(MYSQLI_REPORT_OFF); @mysqli_init()->real_connect('127.0.0.1', 'x', 'x'); return " +
  'mysqli_connect_error();'

let machine: Machine
let tool: Tool
beforeAll(async () => {
  machine = await useMachine()
  const removeShop = await makeShop(machine)
  tool = await openTool(machine, await newSession(machine), 'tool_shop')
  return removeShop
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
