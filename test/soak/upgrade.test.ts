import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { appJob, provideNode, startTiny } from '../machine/apps/_tiny.ts'
import { putCache, script } from '../machine/cache/_cache.ts'
import { upWithCommit } from '../machine/commit.ts'
import { copied, copyIn, runInstaller } from '../machine/deploy.ts'
import { api, site, type Api } from '../machine/http.ts'
import { down, type Machine } from '../machine/machine.ts'
import { create, output, writeFile } from '../machine/sites/_helpers.ts'
import { ownName } from '../machine/use-machine.ts'

/** The release that is upgraded: the last one whose panel had a port, and whose shared sites ran as nginx's user. */
const BEFORE = 'ff4704d7a8d8dd3c2c7c177a00927a759f403731'

let machine: Machine
let panel: Api
let upstream: Server

/** Each site, with what it answers before and after. */
const sites: [domain: string, path: string, answer: RegExp][] = [
  ['static.test', '/', /a static page/],
  ['php.test', '/', /^own s-php-test-/],
  ['shared.test', '/', /^shared /],
  ['cached.test', '/', /^own s-cached-test-/],
  ['proxy.test', '/', /^upstream$/],
  ['node.test', '/pid', /^\d+$/],
]

beforeAll(async () => {
  machine = await upWithCommit(ownName('upgrade'), BEFORE)
  panel = await api(machine)
  upstream = createServer((_request, response) => response.end('upstream'))
  await new Promise<void>((resolve) => upstream.listen(0, machine.state.network.gateway, resolve))
  const { port } = upstream.address() as { port: number }
  const who = "echo '%s ' . posix_getpwuid(posix_geteuid())['name'];"
  for (const domain of ['php.test', 'cached.test', 'shared.test']) {
    await create(panel, { domain, runtime: 'php', ...(domain === 'shared.test' && { isolation: 'shared' }) })
    await script(machine, domain, 'index.php', who.replace('%s', domain === 'shared.test' ? 'shared' : 'own'))
  }
  await create(panel, { domain: 'static.test', runtime: 'static' })
  await writeFile(machine, '/var/www/static.test/public/index.html', 'a static page')
  await output(machine, 'chmod', '0644', '/var/www/static.test/public/index.html')
  await create(panel, {
    domain: 'proxy.test',
    runtime: 'proxy',
    proxyTo: `http://${machine.state.network.gateway}:${port}`,
  })
  expect((await putCache(panel, 'cached.test', { redis: true, page: { minutes: 5 } })).status).toBe(200)
  await provideNode(panel)
  await startTiny(machine, panel, 'node.test')
  expect((await panel.post('/databases', { name: 'shop', site: 'php.test', user: 'shop' })).status).toBe(201)
  expect((await panel.post('/users', { username: 'anna', password: 'a password of before' })).status).toBe(201)
})
afterAll(async () => {
  upstream.close()
  await down(machine.name)
})

const expectAnswers = async () => {
  for (const [domain, path, answer] of sites) {
    await expect.poll(async () => (await site(machine, domain, path)).body, { message: domain }).toMatch(answer)
  }
}

it('answers on every site of the release before (control)', async () => {
  await expectAnswers()
  expect((await panel.get('/drift')).body.changes).toEqual([])
})

it('upgrades in place: every site answers, and nothing drifts', async () => {
  await copyIn(machine)
  const { code, stdout, stderr } = await runInstaller(machine)
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
  panel = await api(machine)
  expect((await panel.get('/drift')).body.changes).toEqual([])
  await expectAnswers()
  expect((await panel.get('/health')).body.status).toBe('ok')
  expect(await output(machine, 'systemctl', '--failed', '--plain', '--no-legend')).toBe('')
  // What the release before ran before nginx has another name now.
  expect(await output(machine, 'ls', '/usr/lib/hosting-panel')).not.toContain('mend-certificates')
})

it('runs no site as nginx’s user any more, and has no port of its own', async () => {
  expect((await site(machine, 'shared.test', '/')).body).toBe('shared hosting-panel-shared')
  expect(await output(machine, 'find', '/var/www/shared.test', '-user', 'www-data')).toBe('')
  expect(await output(machine, 'ss', '-Hltn', 'sport = :8788')).toBe('')
})

it('keeps databases, users and apps', async () => {
  expect((await panel.get('/databases')).body.map(({ name }: { name: string }) => name)).toEqual(['shop'])
  expect((await panel.get('/users/anna')).body).toMatchObject({ username: 'anna', role: 'user' })
  expect(await appJob(panel, 'node.test', 'restart')).toMatchObject({ state: 'done' })
  await expectAnswers()
})

it('uninstalled it serves the sites; installed again it has all that was kept', async () => {
  const removed = await machine.sh(['bash', `${copied}/install/uninstall.sh`])
  expect([removed.code, removed.code === 0 ? '' : removed.stdout + removed.stderr]).toEqual([0, ''])
  expect((await site(machine, 'php.test', '/')).body).toMatch(/^own s-php-test-/)
  const { code, stdout, stderr } = await runInstaller(machine)
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
  await expectAnswers()
  expect((await (await api(machine)).get('/drift')).body.changes).toEqual([])
})
