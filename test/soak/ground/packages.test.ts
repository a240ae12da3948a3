import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDatabase } from '../../machine/databases/_helpers.ts'
import { api, site, type Api } from '../../machine/http.ts'
import { upInstalled } from '../../machine/installed.ts'
import { down, reboot, type Machine } from '../../machine/machine.ts'
import { create, output, writeFile } from '../../machine/sites/_helpers.ts'
import { steadily } from '../../machine/sites/_load.ts'
import { ownName, showJournalOnFailure } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
const page = '<?php $db = new mysqli("localhost", "shop", "PASSWORD", "shop"); echo "php ", (int) $db->ping();'

beforeAll(async () => {
  machine = await upInstalled(ownName('packages'))
  panel = await api(machine)
  await create(panel, { domain: 'static.test', runtime: 'static' })
  await writeFile(machine, '/var/www/static.test/public/index.html', 'static')
  await create(panel, { domain: 'php.test', runtime: 'php', phpVersion: '8.2' })
  const { password } = await createDatabase(panel, 'shop', { site: 'php.test' })
  await writeFile(machine, '/var/www/php.test/public/index.php', page.replace('PASSWORD', password))
  await apt('update')
}, 600_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(() => down(machine.name))

const apt = async (...words: string[]): Promise<void> => {
  const { code, stdout, stderr } = await machine.sh(
    ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q', ...words],
    {
      timeout: 300,
    },
  )
  expect(code, stdout + stderr).toBe(0)
}

/** Everything answers, nothing drifts, nothing has failed. */
async function expectWell(): Promise<void> {
  await expect.poll(async () => (await site(machine, 'static.test')).body, { timeout: 60_000 }).toBe('static')
  await expect.poll(async () => (await site(machine, 'php.test')).body, { timeout: 60_000 }).toBe('php 1')
  await output(machine, 'systemctl', 'start', 'hosting-panel-hook@sweep.service')
  await expect.poll(async () => (await panel.get('/drift')).body.changes, { timeout: 60_000 }).toEqual([])
  expect((await panel.get('/health')).body).toMatchObject({ status: 'ok', misconfigured: [] })
  expect(await output(machine, 'systemctl', '--failed', '--plain', '--no-legend')).toBe('')
}

/** Root's command line reaches the panel past nginx. */
async function converge(): Promise<void> {
  const { code, stdout, stderr } = await machine.sh(['hosting-panel', 'drift', 'converge'], { timeout: 300 })
  expect(code, stdout + stderr).toBe(0)
}

it('answers on all sites (control)', expectWell, 120_000)

/** Each with the time that its packages themselves keep it away (ms): Debian's nginx is restarted by its own. */
const installed: [name: string, packages: string[], away: number][] = [
  ['nginx', ['nginx', 'nginx-common'], 1_000],
  ['PHP', ['php8.2-fpm'], 0],
  ['MariaDB', ['mariadb-server'], 0],
  ['Redis', ['redis-server', 'redis-tools'], 0],
  ['Fail2ban', ['fail2ban'], 0],
  ['UFW', ['ufw'], 0],
  ['nftables', ['nftables'], 0],
  ['certbot', ['certbot'], 0],
]

describe.each(installed)('%s', (_name, packages, away) => {
  it('is installed again while visitors come: nothing is lost', async () => {
    const load = steadily(() => site(machine, 'static.test'))
    await apt('install', '--reinstall', ...packages)
    // One call each ten milliseconds, at most.
    expect((await load.stop()).failed).toBeLessThanOrEqual(away / 10)
    await expectWell()
  }, 600_000)

  it('is installed again with its package’s own settings: a converge puts ours back', async () => {
    await apt(
      'install',
      '--reinstall',
      ...['confask', 'confnew'].map((what) => `-oDpkg::Options::=--force-${what}`),
      ...packages,
    )
    await converge()
    await expectWell()
  }, 600_000)

  it('is removed and installed: a converge puts all back', async () => {
    await apt('remove', packages[0]!)
    await apt('install', '--no-install-recommends', packages[0]!)
    await converge()
    await expectWell()
  }, 600_000)

  it('is purged and installed: a converge puts all back', async () => {
    await apt('purge', ...packages)
    await apt('install', '--no-install-recommends', ...packages)
    await converge()
    await expectWell()
  }, 600_000)

  it('a reboot later all answers', async () => {
    machine = await reboot(machine)
    panel = await api(machine)
    await expectWell()
  }, 600_000)
})
