import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTiny } from '../../machine/apps/_tiny.ts'
import { amongHooks, inside as insideOf } from '../../machine/_bare.ts'
import { giveNpmCache } from '../../machine/build.ts'
import { handmade } from '../../machine/certificates/_authority.ts'
import { copied, copyIn, runInstaller, tokenIn } from '../../machine/deploy.ts'
import { administrator, api, client, panelUrl, request, site } from '../../machine/http.ts'
import { leftovers } from '../../machine/_leftovers.ts'
import { down, up, within } from '../../machine/machine.ts'
import type { Machine } from '../../machine/machine.ts'
import { ownName, showJournalOnFailure } from '../../machine/use-machine.ts'
import { writeState } from '../../machine/_state.ts'

const name = ownName('bare')
const minutes = 60_000
let machine: Machine

beforeAll(async () => {
  machine = await up(name, { kind: 'bare' })
  await giveNpmCache(machine)
  await copyIn(machine)
}, 5 * minutes)

beforeEach(() => showJournalOnFailure(machine))

afterAll(() => down(name), minutes)

const inside = (line: string) => insideOf(machine, line)

const php = { domain: 'kept.test', runtime: 'php', phpVersion: '8.2' }

test('without packages to be had it says which step failed and what to do', { timeout: 6 * minutes }, async () => {
  await inside('mv /etc/apt/sources.list /etc/apt/sources.list.away')
  const { code, stdout, stderr } = await runInstaller(machine)
  await inside('mv /etc/apt/sources.list.away /etc/apt/sources.list')
  expect(code).not.toBe(0)
  expect(stdout + stderr).toMatch(/packages/i)
  expect(stdout + stderr).toMatch(/again/i)
})

test(
  'the next run goes on, and ends with the panel answering and a token that works',
  { timeout: 30 * minutes },
  async () => {
    const { code, stdout, stderr } = await runInstaller(machine)
    expect(code, (stdout + stderr).slice(-4000)).toBe(0)
    expect(tokenIn(stdout), stdout.slice(-1000)).toBeDefined()
    expect(stdout, 'the long steps show that they live').toMatch(/^ +\d+ %, [a-z][\w.+-]+ \.\.\./m)
    expect(stdout).toContain('No address of this server is public')
    await inside('! test -e /var/cache/hosting-panel-install && ! command -v npm && ! command -v node')
    machine.state.setupToken = tokenIn(stdout)
    await writeState(machine.state)

    expect((await request(panelUrl(machine))).status).toBe(200)
    const panel = await api(machine)
    expect((await panel.get('/health')).body).toMatchObject({ status: 'ok', agent: 'ok' })
    expect((await client(machine).post('/setup', { token: tokenIn(stdout), ...administrator })).status).toBe(409)
  },
)

test('the panel runs without root, on a socket that only nginx and itself reach, and on no port', async () => {
  expect(await inside('systemctl show -P User hosting-panel.service')).toBe('hosting-panel')
  expect(await inside('stat -c "%a %U %G" /run/hosting-panel/panel /run/hosting-panel/panel/panel.sock')).toBe(
    '2750 hosting-panel www-data\n660 hosting-panel www-data',
  )
  const pid = await inside('systemctl show -P MainPID hosting-panel.service')
  expect(await inside(`ss -Hltnp | grep -c 'pid=${pid},' || true`)).toBe('0')
})

test('a new PHP site answers', { timeout: minutes }, async () => {
  const created = await (await api(machine)).post('/sites', php)
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  expect((await site(machine, php.domain)).status).toBe(200)
})

test('a database, Redis and kept pages are there for it', { timeout: minutes }, async () => {
  const panel = await api(machine)
  expect((await panel.post('/databases', { name: 'first_one', site: php.domain, user: 'first_one' })).status).toBe(201)
  expect((await panel.send('PUT', `/sites/${php.domain}/cache`, { redis: true, page: { minutes: 1 } })).status).toBe(
    200,
  )
  await inside('mariadb -e "CREATE DATABASE foreign_one"')
})

test('a Node version is there for apps', { timeout: 30 * minutes }, async () => {
  await inside('hosting-panel node versions install --version 22')
  expect(await inside('/opt/hosting-panel/node/22/bin/node --version')).toMatch(/^v22\./)
  await startTiny(machine, await api(machine), 'app.test', { nodeVersion: '22' })
  expect((await site(machine, 'app.test', '/version')).body).toMatch(/^v22\./)
})

test(
  'run again it upgrades: data, sign-ins and sites stay, and no new token is given',
  { timeout: 30 * minutes },
  async () => {
    const before = await inside('readlink /opt/hosting-panel/current')
    const token = await inside('cat /etc/hosting-panel/local-token')
    // As a release, which is built already; without a build here it builds as the first run did.
    await copyIn(machine, process.env.HOSTING_PANEL_BUILT !== undefined)
    const { code, stdout, stderr } = await runInstaller(machine)
    expect(code, (stdout + stderr).slice(-4000)).toBe(0)
    expect(tokenIn(stdout)).toBeUndefined()
    expect(await inside('readlink /opt/hosting-panel/current')).not.toBe(before)
    expect(await inside('cat /etc/hosting-panel/local-token')).toBe(token)
    expect(await inside('hosting-panel sites list --json')).toContain(php.domain)
    const { body } = await (await api(machine)).get('/sites')
    expect(body.sites.map(({ domain }: { domain: string }) => domain).sort()).toEqual(['app.test', php.domain])
    expect((await site(machine, php.domain)).status).toBe(200)
  },
)

test('uninstalled, the panel is gone and the sites still answer', { timeout: 30 * minutes }, async () => {
  const panel = await api(machine)
  await inside('systemd-run --unit=behind --working-directory=/etc/nginx python3 -m http.server 3000')
  for (const more of [
    { domain: 'plain.test', runtime: 'static' },
    { domain: 'snake.test', runtime: 'python' },
    { domain: 'shared.test', runtime: 'php', phpVersion: '8.2', isolation: 'shared' },
    { domain: 'proxied.test', runtime: 'proxy', proxyTo: 'http://127.0.0.1:3000' },
  ])
    expect((await panel.post('/sites', more)).status).toBe(201)
  const own = await handmade(machine, 'plain.test', 60)
  expect((await panel.send('PUT', '/sites/plain.test/certificate', own)).status).toBe(200)
  const { code, stdout, stderr } = await amongHooks(machine, () =>
    machine.sh(['bash', `${copied}/install/uninstall.sh`]),
  )
  expect(code, stdout + stderr).toBe(0)
  expect(await inside("ss -Hltn '( sport = :8080 or sport = :8081 )'")).toBe('')
  await inside('nginx -t && systemctl restart nginx')
  for (const domain of [php.domain, 'shared.test', 'proxied.test'])
    expect([domain, (await site(machine, domain)).status]).toEqual([domain, 200])
  expect((await site(machine, 'plain.test', '/', { scheme: 'https' })).status).toBe(200)
  for (const domain of ['app.test', 'snake.test']) {
    const { status, body } = await site(machine, domain)
    expect([domain, status, body]).toEqual([domain, 503, expect.stringContaining('<!doctype html>')])
  }
  const left = await leftovers(machine)
  expect(
    left.filter((line) => /not-found|failed|agent|supervisor|\.timer|hook|hosting-panel\.service|:?808[01]/.test(line)),
  ).toEqual([])
  expect(left).toContain('/opt/hosting-panel')
  await inside('test -f /opt/hosting-panel/data/panel.db')
  await inside('/opt/hosting-panel/node/22/bin/node --version')
  await inside('mariadb first_one -e "SELECT 1"')
  await inside(
    '! test -e /usr/local/bin/hosting-panel && ! test -e /usr/share/bash-completion/completions/hosting-panel',
  )
})

test('installed again on the same boot, all is as before', { timeout: 30 * minutes }, async () => {
  const { code, stdout, stderr } = await runInstaller(machine)
  expect(code, (stdout + stderr).slice(-4000)).toBe(0)
  expect((await (await api(machine)).get('/sites')).body.sites).toHaveLength(6)
  for (const domain of [php.domain, 'app.test', 'shared.test', 'proxied.test'])
    expect([domain, (await site(machine, domain)).status]).toEqual([domain, 200])
  // Somebody deletes an account: no list of sites has that vhost any more.
  const { user } = (await (await api(machine)).get('/sites/snake.test')).body
  await inside(`pkill -KILL -u ${user} || true; userdel ${user}`)
})

test('--purge removes the data and the sites too', { timeout: 30 * minutes }, async () => {
  const { code, stdout, stderr } = await machine.sh(['bash', `${copied}/install/uninstall.sh`, '--purge'])
  expect(code, stdout + stderr).toBe(0)
  await inside('! test -e /opt/hosting-panel && ! test -e /etc/hosting-panel && ! id hosting-panel')
  await inside('! id hosting-panel-adminer && ! test -e /var/lib/hosting-panel-adminer')
  await inside(`! test -e /var/www/${php.domain}`)
  await inside('! id hosting-panel-dump && ! id hosting-panel-import && ! test -e /var/lib/hosting-panel-dumps')
  expect(
    await inside(
      `mariadb -N -e "SHOW DATABASES LIKE '%_one'; SELECT User FROM mysql.global_priv WHERE User LIKE ` +
        `'hosting-panel%' OR User LIKE '%_one'"`,
    ),
  ).toBe('foreign_one')
  const answer = await within(60, 'nginx to let the site go', async () => {
    const response = await site(machine, php.domain).catch(() => undefined)
    return response?.status === 200 ? undefined : (response?.status ?? 'refused')
  })
  expect(answer).not.toBe(200)
  expect(await leftovers(machine)).toEqual([])
  await inside('systemctl restart nginx')
})
