import { afterAll, beforeAll, expect, test } from 'vitest'
import { appJob, appOf, makeIdle, processesOf, provideNode, startTiny } from '../../machine/apps/_tiny.ts'
import { handmade } from '../../machine/certificates/_authority.ts'
import { servedCertificate } from '../../machine/certificates/_visitors.ts'
import { makeDatabase, newSession, openTool, runSql } from '../../machine/databases/_tool.ts'
import { leftovers } from '../../machine/_leftovers.ts'
import { copied, install } from '../../machine/deploy.ts'
import { api, client, site } from '../../machine/http.ts'
import { down, up, within } from '../../machine/machine.ts'
import type { Machine } from '../../machine/machine.ts'
import { ownName } from '../../machine/use-machine.ts'

const name = ownName('sysvinit')
let machine: Machine

beforeAll(async () => {
  machine = await up(name, { init: 'none' })
  await install(machine, { built: process.env.HOSTING_PANEL_BUILT !== undefined })
}, 900_000)

afterAll(() => down(name), 60_000)

/** The pids of the processes that run a file of the installed panel. */
async function pids(file: string): Promise<string[]> {
  const { stdout } = await machine.sh(['pgrep', '-f', `node .*dist/${file}`])
  return stdout.trim().split('\n').filter(Boolean)
}

/** Runs a hook as cron does. */
const hook = (name: string) =>
  machine.sh([
    'setpriv',
    '--reuid=hosting-panel',
    '--regid=hosting-panel',
    '--clear-groups',
    '/opt/hosting-panel/current/install/sysvinit/hook',
    name,
  ])

test('installed where systemd is not running, panel and agent answer', async () => {
  expect((await machine.sh(['test', '-d', '/run/systemd/system'])).code).toBe(1)
  expect((await client(machine).get('/health')).body).toMatchObject({ agent: 'ok' })
})

test.each(['panel.js', 'agent.js', 'supervisor.js'])(
  '%s killed is back by itself',
  { timeout: 180_000 },
  async (file) => {
    const before = await pids(file)
    expect(before).not.toEqual([])
    await machine.sh(['kill', '-9', ...before])
    await within(90, `${file} to be back`, async () => {
      const now = await pids(file)
      return now.some((pid) => !before.includes(pid)) || undefined
    })
    await within(90, 'health to be ok', async () => {
      const { status, body } = await client(machine).get('/health')
      return (status === 200 && body.agent === 'ok') || undefined
    })
  },
)

test('a PHP site runs its script', { timeout: 180_000 }, async () => {
  const { status, body } = await (
    await api(machine)
  ).post('/sites', { domain: 'plain.test', runtime: 'php', phpVersion: '8.2' })
  expect(status, JSON.stringify(body)).toBe(201)
  const root = (await machine.sh(['sh', '-c', 'ls -d /var/www/plain.test/public* | head -n 1'])).stdout.trim()
  await machine.sh([
    'sh',
    '-ec',
    `echo '<?php echo 6 * 7;' > ${root}/answer.php; chown --reference=${root} ${root}/answer.php`,
  ])
  expect((await site(machine, 'plain.test', '/answer.php')).body).toBe('42')
})

test(
  'a shared site is a pool of the user of shared sites; what runs as its own ends with the switch',
  { timeout: 180_000 },
  async () => {
    const panel = await api(machine)
    const workers = async () =>
      (
        await machine.sh(['sh', '-c', "ps -eo user:32=,args= | grep '[p]hp-fpm: pool s-plain' | cut -d' ' -f1"])
      ).stdout.trim()
    const { user } = (await panel.get('/sites/plain.test')).body
    await site(machine, 'plain.test')
    expect(await workers()).toBe(user)
    await machine.sh([
      'sh',
      '-c',
      `setpriv --reuid=${user} --regid=${user} --clear-groups nohup sleep 1000 >/dev/null 2>&1 &`,
    ])
    expect((await panel.patch('/sites/plain.test', { isolation: 'shared' })).status).toBe(200)
    expect((await machine.sh(['pgrep', '-u', user])).stdout).toBe('')
    expect((await site(machine, 'plain.test', '/answer.php')).body).toBe('42')
    expect(await workers()).toBe('hosting-panel-shared')
    expect(
      (await machine.sh(['find', '/var/www/plain.test', '-mindepth', '1', '!', '-user', 'hosting-panel-shared']))
        .stdout,
    ).toBe('')
    expect((await panel.patch('/sites/plain.test', { isolation: 'own' })).status).toBe(200)
    expect((await site(machine, 'plain.test', '/answer.php')).body).toBe('42')
    expect((await machine.sh(['pgrep', '-u', 'hosting-panel-shared'])).stdout).toBe('')
    expect((await panel.get('/drift')).body.changes).toEqual([])
  },
)

test('a site gets another domain, and its user keeps its number', { timeout: 180_000 }, async () => {
  const panel = await api(machine)
  const owner = async (domain: string) =>
    (await machine.sh(['stat', '-c', '%u %U', `/var/www/${domain}/public`])).stdout.trim().split(' ')
  const [uid] = await owner('plain.test')
  for (const [from, domain] of [
    ['plain.test', 'moved.test'],
    ['moved.test', 'plain.test'],
  ] as const) {
    const { status, body } = await panel.post(`/sites/${from}/rename`, { domain, keepOldName: 'no' })
    expect([status, body.message]).toEqual([200, undefined])
    expect((await site(machine, domain, '/answer.php')).body).toBe('42')
    expect(await owner(domain)).toEqual([uid, body.user])
    expect((await panel.get('/drift')).body.changes).toEqual([])
  }
})

test('the database tool is a pool of the distribution’s PHP, as a user of its own', { timeout: 180_000 }, async () => {
  await api(machine)
  await makeDatabase(machine, 'plain_tool')
  const tool = await openTool(machine, await newSession(machine), 'plain_tool')
  expect(await runSql(tool, 'plain_tool', "SELECT CONCAT('as ', CURRENT_USER())")).toContain('as hosting-panel-db-')
  const workers = (
    await machine.sh(['sh', '-c', "ps -eo user:32=,args= | grep '[p]hp-fpm: pool hosting-panel-adminer'"])
  ).stdout
    .trim()
    .split('\n')
  expect(workers.map((line) => line.split(' ')[0])).toEqual(workers.map(() => 'hosting-panel-adminer'))
})

test('a Node app runs, sleeps, wakes, and leaves nothing when it is stopped', { timeout: 120_000 }, async () => {
  const panel = await api(machine)
  await provideNode(panel)
  await startTiny(machine, panel, 'app.test', { memoryMb: 128, env: { BEHAVE: 'children' } })
  expect((await site(machine, 'app.test', '/pid')).body).toMatch(/^\d+$/)
  await makeIdle(machine, 'app.test')
  await within(90, 'the app to sleep', async () => {
    await hook('reap-idle')
    return (await appOf(panel, 'app.test')).state === 'asleep' || undefined
  })
  expect(await processesOf(machine, panel, 'app.test')).toEqual([])
  expect((await site(machine, 'app.test', '/pid')).body).toMatch(/^\d+$/)
  const before = (await site(machine, 'app.test', '/pid')).body
  await site(machine, 'app.test', '/eat')
  await within(
    90,
    'the hog to be ended',
    async () => (await site(machine, 'app.test', '/pid')).body !== before || undefined,
  )
  expect(await appJob(panel, 'app.test', 'stop')).toMatchObject({ state: 'done' })
  expect(await processesOf(machine, panel, 'app.test')).toEqual([])
})

test(
  'a site has https, and a certificate that is gone keeps nginx from nothing at the next start',
  { timeout: 180_000 },
  async () => {
    const panel = await api(machine)
    expect(
      (await panel.send('PUT', '/sites/plain.test/certificate', await handmade(machine, 'plain.test'))).body,
    ).toMatchObject({ source: 'own', names: ['plain.test'] })
    expect((await site(machine, 'plain.test')).headers.location).toBe('https://plain.test/')
    expect((await servedCertificate(machine, 'plain.test')).issuer).toContain('Own Root')
    await machine.sh([
      'sh',
      '-c',
      'rm -r /etc/hosting-panel/certificates/plain.test/*; rm /etc/hosting-panel/tls/panel.key',
    ])
    await machine.sh(['service', 'nginx', 'stop'])
    await machine.sh(['service', 'hosting-panel', 'restart'])
    expect((await machine.sh(['service', 'nginx', 'start'])).code).toBe(0)
    expect((await servedCertificate(machine, 'plain.test')).issuer).not.toContain('Own Root')
    // One of one's own cannot be had again: somebody is told, without waiting for cron.
    await expect
      .poll(async () => (await panel.get('/alerts')).body.alerts, { timeout: 90_000 })
      .toMatchObject([{ key: 'certificate:plain.test', severity: 'critical' }])
    expect((await panel.delete('/sites/plain.test/certificate')).status).toBe(204)
  },
)

test('Fail2ban watches the panel, and says which jails cannot be had here', { timeout: 180_000 }, async () => {
  const { status, body } = await (await api(machine)).get('/bans/jails')
  expect([status, body.problem]).toEqual([200, null])
  expect(body.jails.slice(0, 2)).toMatchObject([
    { name: 'hosting-panel', live: true, missing: null },
    { name: 'sshd', live: false, missing: expect.stringContaining('systemd’s journal alone') },
  ])
})

test('the hooks are in cron.d', async () => {
  const { stdout } = await machine.sh(['cat', '/etc/cron.d/hosting-panel'])
  expect(stdout).toMatch(/^\S+ \S+ \S+ \S+ \S+ +hosting-panel +.*reap-idle/m)
  expect(stdout).toMatch(/sweep/)
  expect(stdout).toMatch(/renew-certificates/)
})

test('uninstalled, the sites still answer, after a start of the server too', { timeout: 180_000 }, async () => {
  const { code, stdout, stderr } = await machine.sh(['bash', `${copied}/install/uninstall.sh`])
  expect(code, stdout + stderr).toBe(0)
  for (const file of ['panel.js', 'agent.js', 'supervisor.js']) expect(await pids(file)).toEqual([])
  await machine.sh(['sh', '-c', 'service nginx stop; service php8.2-fpm stop; rm -rf /run/hosting-panel'])
  for (const service of ['hosting-panel', 'php8.2-fpm', 'nginx'])
    expect((await machine.sh(['service', service, 'start'])).code, service).toBe(0)
  expect((await site(machine, 'plain.test', '/answer.php')).body).toBe('42')
  expect(await leftovers(machine)).toContain('/opt/hosting-panel')
})

test('--purge leaves nothing', { timeout: 180_000 }, async () => {
  const { code, stdout, stderr } = await machine.sh(['bash', `${copied}/install/uninstall.sh`, '--purge'])
  expect(code, stdout + stderr).toBe(0)
  expect(await leftovers(machine)).toEqual([])
})
