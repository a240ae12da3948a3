import { afterAll, beforeAll, expect, it } from 'vitest'
import { site } from '../machine/http.ts'
import { create, deleteSite, writeFile } from '../machine/sites/_helpers.ts'
import { itInSoak } from '../_cases.ts'
import { output, target, type Target } from './_attack.ts'

const domain = 'dead-attack.test'
const daemons = ['mariadb', 'redis-server', 'fail2ban', 'cron']

let on: Target
beforeAll(async () => {
  on = await target()
  await create(on.panel, { domain, runtime: 'php', phpVersion: '8.2' })
  await writeFile(on.machine, `/var/www/${domain}/public/index.php`, '<?php echo "well";')
  await output(on.machine, 'chown', '--reference', `/var/www/${domain}/public`, `/var/www/${domain}/public/index.php`)
})
afterAll(async () => {
  await output(
    on.machine,
    'systemctl',
    'start',
    ...daemons,
    'nginx',
    'hosting-panel-sockets',
    'hosting-panel-mail.socket',
    'hosting-panel-reap-idle.timer',
    'hosting-panel-sweep.timer',
  )
  await deleteSite(on.panel, domain)
  await hook()
})

interface Health {
  status: string
  services: { name: string; state: string }[]
  failedPhp: number
}

/** An answer is good for five seconds, so an older one is waited out. */
const health = async (): Promise<Health> => (await on.panel.get('/health')).body
const stateOf = async (name: string) => (await health()).services.find((service) => service.name === name)?.state
const settled = () => expect.poll(async () => (await health()).status, { timeout: 90_000 }).toBe('ok')
/** Runs the hook, as the timer does each minute. */
const hook = () => output(on.machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')
interface Alert {
  key: string
  site: string | null
  severity: string
  message: string
}
const alerts = async (): Promise<Alert[]> =>
  ((await on.panel.get('/alerts')).body.alerts as Alert[]).filter(({ key }) => /^(?:service|php|hook):/.test(key))
/** Nothing is the matter any more, as the next hook finds. */
const over = async (): Promise<void> => {
  await expect
    .poll(
      async () => {
        await hook()
        return alerts()
      },
      { timeout: 90_000 },
    )
    .toEqual([])
  await settled()
}
const pidOf = (unit: string) => output(on.machine, 'systemctl', 'show', '--property=MainPID', '--value', unit)

it('each stopped daemon is told by the next hook and by health, with what to do; no more when it is back', async () => {
  await settled()
  expect(await alerts()).toEqual([])
  const own = ['hosting-panel-sockets', 'hosting-panel-mail.socket']
  await output(on.machine, 'systemctl', 'stop', ...daemons, ...own)
  await hook()
  const found = await alerts()
  expect(found.map(({ key }) => key).sort()).toEqual(
    [...daemons, 'hosting-panel-sockets', 'hosting-panel-mail'].map((name) => `service:${name}`).sort(),
  )
  for (const { key, message } of found) expect(message).toContain(`systemctl status ${key.slice(8)}`)
  for (const name of daemons) await expect.poll(() => stateOf(name), { timeout: 30_000 }).toBe('stopped')
  expect((await health()).status).toBe('degraded')
  await output(on.machine, 'systemctl', 'start', ...daemons, ...own)
  await over()
})

it('the kernel’s filter is missed when somebody empties it, and is back with its unit', async () => {
  const loaded = async () =>
    (await output(on.machine, 'nft', 'list', 'tables')).includes('table inet hosting_panel_apps')
  expect(await loaded()).toBe(true)
  await output(on.machine, 'nft', 'delete', 'table', 'inet', 'hosting_panel_apps')
  await hook()
  expect(await alerts()).toMatchObject([
    {
      key: 'service:hosting-panel-guard',
      severity: 'critical',
      message: expect.stringContaining('systemctl restart hosting-panel-guard'),
    },
  ])
  await expect.poll(() => stateOf('hosting-panel-guard'), { timeout: 30_000 }).toBe('stopped')
  await output(on.machine, 'systemctl', 'restart', 'hosting-panel-guard')
  expect(await loaded()).toBe(true)
  await over()
})

itInSoak(
  'daemons killed again and again come back by themselves: no limit of starts leaves them down',
  async () => {
    const kill = async (unit: string, times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        const before = await pidOf(unit)
        await output(on.machine, 'systemctl', 'kill', '--signal=KILL', '--kill-who=main', unit)
        await expect
          .poll(async () => [await pidOf(unit), await output(on.machine, 'systemctl', 'is-active', unit)], {
            timeout: 90_000,
            interval: 200,
          })
          .toEqual([expect.not.stringMatching(`^(?:0|${before})$`), 'active'])
      }
    }
    // systemd's usual limit is five; those that take longer to start are killed less often.
    await Promise.all([
      ...['redis-server', 'cron', 'nginx', 'hosting-panel'].map((unit) => kill(unit, 10)),
      ...['mariadb', 'fail2ban'].map((unit) => kill(unit, 6)),
    ])
    await over()
  },
  300_000,
)

it('who took a daemon’s port is named, and the daemon comes back once it is free', async () => {
  await output(on.machine, 'systemctl', 'stop', 'mariadb')
  await output(
    on.machine,
    'systemd-run',
    '--quiet',
    '--unit=squatter',
    '--uid=nobody',
    'python3',
    '-c',
    'import socket, time\ns = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n' +
      's.bind(("127.0.0.1", 3306))\ns.listen()\ntime.sleep(600)',
  )
  try {
    await expect.poll(() => output(on.machine, 'ss', '-Hltn', 'sport = :3306'), { timeout: 30_000 }).not.toBe('')
    await output(on.machine, 'systemctl', 'start', '--no-block', 'mariadb')
    await expect
      .poll(
        async () => {
          await hook()
          return (await alerts()).map(({ message }) => message).join('\n')
        },
        { timeout: 90_000 },
      )
      .toMatch(/MariaDB .*port 3306 was taken by python3\S* of the user nobody/)
  } finally {
    await output(on.machine, 'systemctl', 'stop', 'squatter')
  }
  await over()
}, 300_000)

it('a site’s dead master or socket is told to who may see it, and never to strangers', async () => {
  expect((await site(on.machine, domain)).status).toBe(200)
  const socket = await output(
    on.machine,
    'sh',
    '-c',
    "systemctl list-units --plain --no-legend 'hosting-panel-php@s-dead-attack-*.socket' | cut -d' ' -f1",
  )
  const service = socket.replace('.socket', '.service')
  await output(on.machine, 'systemctl', 'kill', '--signal=KILL', service)
  await hook()
  expect(await alerts()).toEqual([
    expect.objectContaining({ key: `php:${domain}`, site: domain, severity: 'critical' }),
  ])
  expect((await site(on.machine, domain)).status, 'the next request starts it again').toBe(200)
  await over()
  await output(on.machine, 'systemctl', 'stop', socket, service)
  await hook()
  expect((await alerts()).map(({ key }) => key)).toEqual([`php:${domain}`])
  await expect.poll(async () => (await health()).failedPhp, { timeout: 30_000 }).toBe(1)
  expect(JSON.stringify(await health())).not.toContain('dead-attack')
  await output(on.machine, 'systemctl', 'start', socket)
  await over()
})

it('a hook whose timer is stopped is told of, and the panel itself misses the minutely one', async () => {
  await output(on.machine, 'systemctl', 'stop', 'hosting-panel-reap-idle.timer', 'hosting-panel-sweep.timer')
  await expect.poll(() => stateOf('hosting-panel-reap-idle'), { timeout: 30_000 }).toBe('stopped')
  await hook()
  expect((await alerts()).map(({ key }) => key).sort()).toEqual([
    'service:hosting-panel-reap-idle',
    'service:hosting-panel-sweep',
  ])
  await output(on.machine, 'systemctl', 'start', 'hosting-panel-reap-idle.timer', 'hosting-panel-sweep.timer')
  await over()
})
