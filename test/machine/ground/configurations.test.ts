import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { casesOf } from '../../_cases.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, deleteSite, output, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'

let machine: Machine
let panel: Api
const domain = 'ground.test'
const main = '/etc/nginx/nginx.conf'
let before: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  before = await output(machine, 'cat', main)
  await create(panel, { domain, runtime: 'static' })
  await minute()
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(() => deleteSite(panel, domain))

/** Does what the panel does each minute. */
const minute = () => output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle')
const alerts = async (): Promise<string[]> =>
  (await panel.get('/alerts')).body.alerts
    .filter(({ key }: { key: string }) => key.startsWith('configuration:'))
    .map(({ message }: { message: string }) => message)
/** An answer is good for five seconds. */
const misconfigured = () => expect.poll(async () => (await panel.get('/health')).body.misconfigured)

/** Writes a file by hand; answers what puts it back, which the end of the test does at the latest. */
async function damage(file: string, text: string): Promise<() => Promise<void>> {
  const was = await machine.sh(['cat', file])
  const back = async () => {
    if (was.code === 0) await writeFile(machine, file, was.stdout)
    else await output(machine, 'rm', '-f', file)
  }
  onTestFinished(async () => {
    await back()
    await output(machine, 'nginx', '-s', 'reload')
  })
  await writeFile(machine, file, text)
  return back
}
const withoutSites = () => damage(main, `${before.replaceAll(/^.*include .*sites-enabled.*$/gm, '')}\n`)

async function isWell(): Promise<void> {
  await minute()
  expect(await alerts()).toEqual([])
  await misconfigured().toEqual([])
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect((await site(machine, domain)).status).toBe(200)
}

/** Says what is wrong in each daemon's configuration. */
const errors: [name: string, file: string, text: () => string, says: RegExp][] = [
  [
    'nginx',
    main,
    () => before.replace('http {', 'http {\n\toops on;'),
    /^nginx goes on .* unknown directive "oops" in \/etc\/nginx\/nginx\.conf:\d+/,
  ],
  [
    'MariaDB',
    '/etc/mysql/mariadb.conf.d/99-oops.cnf',
    () => '[mariadbd]\noops = 1',
    /^MariaDB goes on .* unknown variable 'oops=1'/,
  ],
  [
    'Fail2ban',
    '/etc/fail2ban/jail.d/oops.local',
    () => '[oops]\nenabled = true\nlogpath = /nowhere',
    /^Fail2ban goes on .*oops/,
  ],
]

it.each(casesOf(errors, 1))(
  '%s with an error put in by hand is told of within a minute, until it is right again',
  async (name, file, text, says) => {
    const back = await damage(file, `${text()}\n`)
    await minute()
    expect(await alerts()).toEqual([expect.stringMatching(says)])
    await misconfigured().toEqual([name])
    expect((await panel.get('/health')).body.status).toBe('degraded')
    expect((await site(machine, domain)).status, 'what runs goes on').toBe(200)
    await back()
    await isWell()
  },
)

it('nginx.conf that does not include the sites any more is told of, and not loaded by any change', async () => {
  const back = await withoutSites()
  await minute()
  expect(await alerts()).toEqual([expect.stringMatching(/^nginx goes on .*does not include the sites.*\/\*;/)])
  await misconfigured().toEqual(['nginx'])
  const made = await panel.post('/sites', { domain: 'lost.test', runtime: 'static' })
  expect([made.status, made.body.code]).toEqual([503, 'nginx_reload_failed'])
  expect(made.body.message).toContain('does not include the sites')
  expect((await panel.get('/sites/lost.test')).status).toBe(404)
  expect((await site(machine, domain)).status, 'what runs goes on').toBe(200)
  await back()
  expect((await panel.post('/drift', {}, { prefer: 'wait=60' })).body.state).toBe('done')
  await isWell()
})

it('nginx that somebody had load it is told of on the command line, and serves again after a converge', async () => {
  const back = await withoutSites()
  await output(machine, 'nginx', '-s', 'reload')
  const answer = () =>
    site(machine, domain).then(
      ({ status }) => status,
      () => 'none',
    )
  await expect.poll(answer).toBe('none')
  await minute()
  expect(await output(machine, 'hosting-panel', 'alerts', 'list')).toContain('does not include the sites')
  await back()
  await output(machine, 'hosting-panel', 'drift', 'converge')
  await expect.poll(answer).toBe(200)
  await isWell()
})

it('nginx that runs another configuration than the one on disk is drift, and loads it with a converge', async () => {
  const generation = '/etc/nginx/sites-enabled/hosting-panel-generation.conf'
  const written = await output(machine, 'cat', generation)
  await writeFile(machine, generation, written.replace(/return 200 [0-9a-f]{16}/, 'return 200 0123456789abcdef') + '\n')
  await minute()
  expect(await alerts()).toEqual([expect.stringMatching(/^nginx runs another configuration .*drift converge/)])
  expect((await panel.get('/drift')).body.changes).toEqual([
    { action: 'update', kind: 'setting', name: 'nginx', summary: 'runs another configuration than the one on disk' },
  ])
  expect((await panel.post('/drift', {}, { prefer: 'wait=60' })).body.state).toBe('done')
  await isWell()
})
