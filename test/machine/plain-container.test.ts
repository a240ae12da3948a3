import { afterAll, beforeAll, expect, test } from 'vitest'
import { install } from './deploy.ts'
import { api, client, site } from './http.ts'
import { down, up, within } from './machine.ts'
import type { Machine } from './machine.ts'
import { ownName } from './use-machine.ts'

const name = ownName('plain')
let machine: Machine

beforeAll(async () => {
  machine = await up(name, { init: 'none' })
  await install(machine)
}, 600_000)

afterAll(() => down(name), 60_000)

/** The pids of the processes that run a file of the installed panel. */
async function pids(file: string): Promise<string[]> {
  const { stdout } = await machine.sh(['pgrep', '-f', `node .*dist/${file}`])
  return stdout.trim().split('\n').filter(Boolean)
}

test('installed where systemd is not running, panel and agent answer', async () => {
  expect((await machine.sh(['test', '-d', '/run/systemd/system'])).code).toBe(1)
  expect((await client(machine).get('/health')).body).toMatchObject({ agent: 'ok' })
})

test.each(['panel.js', 'agent.js'])('%s killed is back by itself', { timeout: 60_000 }, async (file) => {
  const before = await pids(file)
  expect(before).not.toEqual([])
  await machine.sh(['kill', '-9', ...before])
  await within(20, `${file} to be back`, async () => {
    const now = await pids(file)
    return now.some((pid) => !before.includes(pid)) || undefined
  })
  await within(20, 'health to be ok', async () => {
    const { status, body } = await client(machine).get('/health')
    return (status === 200 && body.agent === 'ok') || undefined
  })
})

test('a PHP site runs its script', { timeout: 60_000 }, async () => {
  const { status, body } = await (await api(machine)).post('/sites', { domain: 'plain.test', runtime: 'php', phpVersion: '8.2' })
  expect(status, JSON.stringify(body)).toBe(201)
  const root = (await machine.sh(['sh', '-c', 'ls -d /var/www/plain.test/public* | head -n 1'])).stdout.trim()
  await machine.sh(['sh', '-ec', `echo '<?php echo 6 * 7;' > ${root}/answer.php; chown --reference=${root} ${root}/answer.php`])
  expect((await site(machine, 'plain.test', '/answer.php')).body).toBe('42')
})

test('Fail2ban watches the panel, and says which jails cannot be had here', { timeout: 60_000 }, async () => {
  const { status, body } = await (await api(machine)).get('/bans/jails')
  expect([status, body.problem]).toEqual([200, null])
  expect(body.jails.slice(0, 2)).toMatchObject([
    { name: 'hosting-panel', live: true, missing: null },
    { name: 'sshd', live: false, missing: expect.stringContaining('has no log here') },
  ])
})

test('the hooks are in cron.d', async () => {
  const { stdout } = await machine.sh(['cat', '/etc/cron.d/hosting-panel'])
  expect(stdout).toMatch(/^\S+ \S+ \S+ \S+ \S+ +hosting-panel +.*reap-idle/m)
  expect(stdout).toMatch(/sweep/)
})
