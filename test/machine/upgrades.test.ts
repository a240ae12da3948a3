import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { appJob, appOf, provideNode, reap, startTiny } from './apps/_tiny.ts'
import { api, site, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { deleteSite, output, writeFile } from './sites/_helpers.ts'
import { steadily } from './sites/_load.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  await panel.post('/sites', { domain: 'up.test', runtime: 'php', phpVersion: '8.2' })
  const page = '<?php echo getmypid() ? posix_getppid() : 0, " ", (int) extension_loaded("calendar");'
  await writeFile(machine, '/var/www/up.test/public/index.php', page)
  await startTiny(machine, panel, 'node-up.test')
  await startTiny(machine, panel, 'busy-up.test')
  await reap(machine)
}, 300_000)
afterAll(async () => {
  for (const domain of ['up.test', 'node-up.test', 'busy-up.test']) await deleteSite(panel, domain)
})
beforeEach(() => showJournalOnFailure(machine))

const php = async () => (await site(machine, 'up.test')).body.split(' ')
const nginx = () => output(machine, 'cat', '/run/nginx.pid')
const pidOf = async (domain: string) => (await site(machine, domain, '/pid')).body
const reinstall = (...packages: string[]) =>
  output(machine, 'sh', '-c', `DEBIAN_FRONTEND=noninteractive apt-get install -qq --reinstall -y ${packages.join(' ')}`)
const alerts = async (): Promise<{ key: string; site: string | null; message: string }[]> =>
  (await panel.get('/alerts')).body.alerts
const outdated = async (): Promise<string[]> => (await panel.get('/health')).body.outdated

it('an upgrade of PHP and of a library reaches PHP and nginx, and no request fails', async () => {
  const [before, master, visitors] = [await php(), await nginx(), steadily(() => site(machine, 'up.test'))]
  await reinstall('php8.2-fpm', 'libssl3')
  await reap(machine)
  await expect.poll(async () => (await php())[0], { timeout: 60_000 }).not.toBe(before[0])
  await expect.poll(nginx, { timeout: 60_000 }).not.toBe(master)
  expect(await output(machine, 'systemctl', 'is-active', 'nginx')).toBe('active')
  expect(await output(machine, 'systemctl', 'show', '-P', 'MainPID', 'nginx')).toBe(await nginx())
  expect(await visitors.stop()).toMatchObject({ failed: 0 })
  // A change goes live as before.
  expect((await panel.patch('/sites/up.test', { aliases: ['www.up.test'] })).status).toBe(200)
  expect((await site(machine, 'www.up.test')).status).toBe(200)
}, 300_000)

it('an extension that comes or goes reaches a site that is busy', async () => {
  const visitors = steadily(() => site(machine, 'up.test'))
  expect((await php())[1]).toBe('1')
  for (const [program, there] of [
    ['phpdismod', '0'],
    ['phpenmod', '1'],
  ] as const) {
    await output(machine, program, '-v', '8.2', '-s', 'fpm', 'calendar')
    await reap(machine)
    await expect.poll(async () => (await php())[1], { timeout: 60_000 }).toBe(there)
  }
  expect(await visitors.stop()).toMatchObject({ failed: 0 })
}, 300_000)

it('apps are restarted once nobody uses them; what cannot be restarted unseen is said until it was', async () => {
  const [idle, busy] = [await pidOf('node-up.test'), await pidOf('busy-up.test')]
  const held = request({ host: machine.address, path: '/hold', headers: { host: 'busy-up.test' } })
  await new Promise((resolve, reject) => held.on('response', resolve).on('error', reject).end())
  await reinstall('libstdc++6', 'libssl3')
  // nginx keeps a connection to an app for a second.
  await expect
    .poll(
      async () => {
        await output(machine, 'touch', '/var/lib/dpkg/status')
        await reap(machine)
        return pidOf('node-up.test')
      },
      { timeout: 120_000, interval: 2_000 },
    )
    .not.toBe(idle)
  expect(await pidOf('busy-up.test')).toBe(busy)
  const told = await alerts()
  for (const service of ['mariadb', 'hosting-panel'])
    expect(told.find(({ key }) => key === `upgrade:${service}`)?.message).toContain(`systemctl restart ${service}`)
  expect(told.find(({ key }) => key === 'upgrade:app:busy-up.test')).toMatchObject({ site: 'busy-up.test' })
  expect(await outdated()).toEqual(expect.arrayContaining(['hosting-panel', 'mariadb']))
  held.destroy()
  await appJob(panel, 'busy-up.test', 'restart')
  for (const { key } of told.filter(({ key, site: of }) => key.startsWith('upgrade:') && of === null))
    await output(machine, 'systemctl', 'restart', key.replace('upgrade:', ''))
  await expect.poll(async () => (await panel.get('/alerts').catch(() => null))?.status, { timeout: 60_000 }).toBe(200)
  await output(machine, 'touch', '/var/lib/dpkg/status')
  await reap(machine)
  expect((await alerts()).filter(({ key }) => key.startsWith('upgrade:'))).toEqual([])
  expect(await outdated()).toEqual([])
  expect(await appOf(panel, 'node-up.test')).toMatchObject({ problem: null })
}, 600_000)
