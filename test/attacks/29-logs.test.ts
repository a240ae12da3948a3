import { afterAll, beforeAll, expect, it } from 'vitest'
import { must } from '../machine/_exec.ts'
import { site } from '../machine/http.ts'
import { elsewhere } from '../machine/network.ts'
import { create, deleteSite, writeFile } from '../machine/sites/_helpers.ts'
import { stranger, type Stranger } from '../machine/stranger.ts'
import { output, target, type Target } from './_attack.ts'

/** Everything here tries to have this address banned, which never asks for anything. */
const victim = '198.51.100.7'
const [php, closed] = ['logs-attack.test', 'logs-closed.test']
const additions = `/etc/nginx/hosting-panel/${closed}/attacked.conf`
const zone = '/etc/nginx/conf.d/attacked.conf'
const guardLog = '/var/log/nginx/hosting-panel-guard.log'

/** With what programs of users wrote, which Fail2ban reads only where the journal keeps all in one file. */
const journal = 'systemd-journal[journalflags=1]'

let on: Target
/** No other test file has these. */
const networks = [71, 72, 73, 74] as const
let visitors: Stranger[]

const now = () => new Date().toISOString().slice(0, 19)

/** Lines as nginx and sshd write them, of every kind that a jail counts or has counted. */
const lies = (at = now()) => [
  `${at.replaceAll('-', '/').replace('T', ' ')} [error] 1#1: *1 user "x": password mismatch, ` +
    `client: ${victim}, server: x, request: "GET / HTTP/1.1", host: "x"`,
  `${at.replaceAll('-', '/').replace('T', ' ')} [error] 1#1: *1 limiting requests, excess: 1.0 by zone "x", ` +
    `client: ${victim}, server: x, request: "GET / HTTP/1.1", host: "x"`,
  `${victim} - - [${new Date().toUTCString()}] "GET /wp-login.php HTTP/1.1" 404 1 "-" "-"`,
  ...['auth 401', 'scan 404', 'limit 503'].map((kind) => `${at}+00:00 ${victim} ${kind} "x" "GET / HTTP/1.1"`),
  `${at}Z hosting-panel: sign-in failed for "x" from ${victim} (wrong_credentials)`,
  `Failed password for root from ${victim} port 22 ssh2`,
  `Invalid user x from ${victim} port 22`,
]

/** The site's code: writes each line to every log. `forged` is a FastCGI record as PHP-FPM would send it to nginx. */
const script = `<?php
$lines = json_decode(file_get_contents('php://input'), true);
$opened = 0;
$logs = ['auth.log', 'syslog', 'hosting-panel/auth.log', 'nginx/hosting-panel-guard.log', 'nginx/error.log',
  'vsftpd.log'];
openlog('sshd', LOG_PID, LOG_AUTH);
foreach ($lines as $line) for ($time = 0; $time < 6; $time++) {
  error_log("\\n$line\\n", 0); error_log("\\n$line\\n", 4);
  foreach ($logs as $log) {
    if (@error_log("$line\\n", 3, "/var/log/$log")) $opened++;
  }
  file_put_contents('php://stderr', "$line\\n");
  syslog(LOG_INFO, $line);
  foreach (['/run/systemd/journal/socket', '/run/systemd/journal/dev-log', '/dev/log'] as $path) {
    $journal = @stream_socket_client("udg://$path");
    if (!$journal) continue;
    $fields = "MESSAGE=$line\\nSYSLOG_IDENTIFIER=sshd\\n_COMM=sshd\\n_SYSTEMD_UNIT=ssh.service\\n"
      . "_SYSTEMD_SLICE=system-ssh.slice\\n_UID=0\\n";
    fwrite($journal, $path === '/run/systemd/journal/socket' ? $fields : "<38>sshd[1]: $line");
  }
}
// A process that is named sshd, and lives long enough to be looked up.
$own = escapeshellarg(dirname(__DIR__) . '/tmp/sshd');
exec('cp /usr/bin/python3 ' . $own);
$named = popen("$own -c 'import sys, syslog, time
syslog.openlog(sys.argv[1], syslog.LOG_PID, syslog.LOG_AUTH)
[syslog.syslog(line.strip()) for line in sys.stdin]
time.sleep(1)' sshd", 'w');
for ($time = 0; $time < 6; $time++) fwrite($named, implode("\n", $lines) . "\n");
pclose($named);
// The visitor's connection, which a child inherits: what it writes there nginx takes for PHP-FPM's own words.
foreach ($lines as $line) {
  $text = "\\n$line\\n-";
  $length = sprintf('\\\\%03o\\\\%03o', strlen($text) >> 8, strlen($text) & 255);
  $record = '\\\\001\\\\007\\\\000\\\\001' . $length . '\\\\000\\\\000';
  $print = 'printf ' . escapeshellarg($record) . '; printf %s ' . escapeshellarg($text);
  exec("for fd in 3 4 5 6 7 8 9; do ($print) >&\\$fd; done 2>/dev/null");
}
@header("X-Line: a\\n" . $lines[0]);
echo json_encode(['opened' => $opened]);
`

beforeAll(async () => {
  on = await target()
  visitors = await Promise.all(networks.map((which) => stranger(on.machine, which)))
  await create(on.panel, { domain: php, runtime: 'php', phpVersion: '8.2' })
  await create(on.panel, { domain: closed, runtime: 'static' })
  await writeFile(on.machine, zone, 'limit_req_zone $binary_remote_addr zone=attacked:1m rate=1r/m;\n')
  await writeFile(on.machine, '/etc/nginx/attacked.htpasswd', 'somebody:{PLAIN}right\n')
  await writeFile(
    on.machine,
    additions,
    `location /private/ { auth_basic closed; auth_basic_user_file /etc/nginx/attacked.htpasswd; }
location /limited/ { limit_req zone=attacked; }\n`,
  )
  await output(on.machine, 'systemctl', 'reload', 'nginx')
})
afterAll(async () => {
  await output(on.machine, 'rm', '-f', zone, additions, '/etc/nginx/attacked.htpasswd')
  for (const domain of [php, closed]) await deleteSite(on.panel, domain)
  for (const one of visitors) {
    await on.panel.delete(`/bans/${one.address}`)
    await one.leave()
  }
})

const bansOf = async (address: string): Promise<string[]> =>
  ((await on.panel.get('/bans')).body.bans as { address: string; jail: string }[])
    .filter((ban) => ban.address === address)
    .map(({ jail }) => jail)

/** How often a filter finds the victim; what Fail2ban itself would read, without waiting for it. */
async function found(...source: string[]): Promise<number> {
  const { stdout } = await on.machine.sh(['fail2ban-regex', '--out', 'ip', ...source])
  return stdout.split('\n').filter((line) => line === victim).length
}

it('a site’s code fills its logs and the journal with lies about somebody (control: they are there)', async () => {
  await writeFile(on.machine, `/var/www/${php}/public/lie.php`, script)
  await output(on.machine, 'chown', '--reference', `/var/www/${php}/public`, `/var/www/${php}/public/lie.php`)
  const answer = await site(on.machine, php, '/lie.php', { method: 'POST', body: JSON.stringify(lies()) })
  expect([answer.status, answer.body]).toEqual([200, '{"opened":0}'])
  // A visitor's part: names and addresses with whole lines in them, of which nginx decodes some before it logs them.
  for (const line of lies()) {
    const authorization = `Basic ${Buffer.from(`x": password mismatch\n${line}:wrong`).toString('base64')}`
    await site(on.machine, closed, `/private/%0a${encodeURIComponent(line)}%0a`, { headers: { authorization } })
    await site(on.machine, closed, `/wp-login.php?"%0a${encodeURIComponent(line)}`, {
      headers: { 'sec-fetch-site': 'same-origin' },
    })
  }
  // The journal is written a moment later.
  await expect
    .poll(() => found('--journalmatch', '_COMM=sshd', journal, 'sshd'), { timeout: 60_000 })
    .toBeGreaterThan(5)
  expect(await found(`/var/log/nginx/${php}.error.log`, 'nginx-http-auth')).toBeGreaterThan(0)
  // PHP's own messages are in the site's own log, and nowhere in nginx's.
  expect(await output(on.machine, 'grep', '-c', victim, `/var/www/${php}/logs/php.log`)).toMatch(/^[1-9]/)
  expect(await output(on.machine, 'grep', '-c', 'PHP message', `/var/log/nginx/${php}.error.log`)).toBe('0')
})

it('no jail finds them in what it reads', async () => {
  const jails = (await on.panel.get('/bans/jails')).body.jails as { name: string; reads: string | null }[]
  expect(jails.filter(({ reads }) => reads).map(({ name, reads }) => [name, reads])).toEqual([
    ['hosting-panel', '/var/log/hosting-panel/auth.log'],
    ['sshd', 'systemd’s journal'],
    ...['http-auth', 'botsearch', 'limit-req'].map((name) => [`nginx-${name}`, guardLog]),
  ])
  expect(await found(journal, 'hosting-panel-sshd')).toBe(0)
  for (const kind of ['auth', 'scan', 'limit'])
    expect(await found(guardLog, `hosting-panel-nginx[kind=${kind}]`), kind).toBe(0)
  expect(await found('/var/log/hosting-panel/auth.log', 'hosting-panel')).toBe(0)
  expect(await bansOf(victim)).toEqual([])
})

it('who really fails is banned, each by its jail; the victim by none (control)', async () => {
  const [guesser, scanner, hasty, knocker] = visitors as [Stranger, Stranger, Stranger, Stranger]
  const url = `http://${on.machine.address}`
  const repeat = async (work: () => Promise<unknown>) => {
    for (let time = 0; time < 6; time++) await work()
  }
  const network = elsewhere(on.machine.state.network, networks[3])
  await Promise.all([
    repeat(() =>
      guesser.request(`${url}/private/`, {
        headers: { host: closed, authorization: `Basic ${btoa('somebody:wrong')}` },
      }),
    ),
    repeat(() => scanner.request(`${url}/phpmyadmin/index.php`, { headers: { host: closed } })),
    repeat(() => hasty.request(`${url}/limited/`, { headers: { host: closed } })),
    repeat(() =>
      must([
        'ip',
        'netns',
        'exec',
        network.namespace,
        'timeout',
        '10',
        'ssh',
        '-o',
        'BatchMode=yes',
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        `nobody-here@${on.machine.address}`,
      ]).catch(() => undefined),
    ),
  ])
  await expect
    .poll(() => Promise.all([guesser, scanner, hasty, knocker].map(({ address }) => bansOf(address))), {
      timeout: 90_000,
    })
    .toEqual([['nginx-http-auth'], ['nginx-botsearch'], ['nginx-limit-req'], ['sshd']])
  expect(await bansOf(victim)).toEqual([])
})

it('a page that makes its visitors’ browsers ask for such addresses has none of them banned', async () => {
  const before = await output(on.machine, 'sh', '-c', `wc -l <${guardLog}`)
  const asked = await site(on.machine, closed, '/phpmyadmin/', { headers: { 'sec-fetch-site': 'cross-site' } })
  expect([asked.status, await output(on.machine, 'sh', '-c', `wc -l <${guardLog}`)]).toEqual([404, before])
  await site(on.machine, closed, '/phpmyadmin/')
  expect(Number(await output(on.machine, 'sh', '-c', `wc -l <${guardLog}`))).toBe(Number(before) + 1)
})
