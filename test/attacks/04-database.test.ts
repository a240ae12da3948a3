import { afterAll, beforeAll, expect, it } from 'vitest'
import { casesOf } from '../_cases.ts'
import { node, output, target, type Target } from './_attack.ts'
import { pwned, sideEffects } from './_side-effects.ts'
import { MARK, hostile, hostileDatabases, spec } from './_hostile-rows.ts'

const putDatabase = (value: object, change: string) => `
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db')
const [name, change] = [${JSON.stringify(String((value as { name: string }).name))}, ${JSON.stringify(change)}]
const spec = ${JSON.stringify(JSON.stringify(value))}
db.prepare("INSERT INTO databases (name, spec, created_at) VALUES (?, ?, 'x')").run(name, spec)
if (change) db.prepare("INSERT INTO pending_changes VALUES ('database', ?, ?, NULL, NULL, 'x')").run(name, change)`

const put = (text: string, domain: string) => `
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db')
const site = [${JSON.stringify(domain)}, ${JSON.stringify(text)}]
db.prepare("INSERT INTO sites (domain, spec, created_at, updated_at) VALUES (?, ?, 'x', 'x')").run(...site)`
const restore = `
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db')
db.prepare("DELETE FROM sites WHERE created_at = 'x'").run()
db.prepare("DELETE FROM databases WHERE created_at = 'x'").run()
db.prepare("DELETE FROM pending_changes WHERE begun_at = 'x'").run()
db.prepare("DELETE FROM kv WHERE key IN ('firewall', 'bans', 'settings')").run()
const insert = db.prepare('INSERT OR REPLACE INTO kv (key, value) VALUES (?, ?)')
for (const [key, value] of JSON.parse(process.argv[1] || '[]')) insert.run(key, value)`
const read = `
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db')
const rows = db.prepare("SELECT key, value FROM kv WHERE key IN ('firewall', 'bans', 'settings')").all()
console.log(JSON.stringify(rows.map(({ key, value }) => [key, value])))`

let on: Target
let kept: string
beforeAll(async () => {
  on = await target()
  kept = await node(on.machine, read)
})
afterAll(() => node(on.machine, restore, kept))

const hooks = () =>
  output(on.machine, 'systemctl', 'start', ...['reap-idle', 'sweep'].map((hook) => `hosting-panel-hook@${hook}`))

/** A program of the installer, which has to be there. */
async function task(name: string): Promise<void> {
  const release = '/opt/hosting-panel/current'
  const file = `${release}/dist/tasks/${name}.js`
  expect((await on.machine.sh(['test', '-f', file])).code).toBe(0)
  await output(on.machine, 'runuser', '-u', 'hosting-panel', '--', `${release}/node_modules/.bin/node`, file)
}

/** Everything that reads the store and acts on it. */
async function everything(): Promise<void> {
  await Promise.all([hooks(), task('converge'), task('begin-firewall')])
  await on.panel.get('/drift')
  await on.panel.post('/drift', undefined, { prefer: 'wait=60' })
  await on.panel.get('/sites')
}

/** Accounts, configuration and the like; the rows are what is attacked with. */
const machineOnly = async () =>
  (await sideEffects(on.machine))
    .split('\n')
    .filter((line) => !/^\w+ \d+$/.test(line))
    .join('\n')

it.each(casesOf(hostile, 4))(
  '%s in the store stays a value in the store',
  async (_what, value) => {
    const before = await machineOnly()
    await node(on.machine, put(JSON.stringify(value), String((value as { domain: unknown }).domain)))
    await everything()
    await node(on.machine, restore, kept)
    expect(await output(on.machine, 'grep', '-rl', MARK, '/etc')).toBe('')
    expect(await pwned(on.machine)).toBe('')
    expect(await machineOnly()).toBe(before)
  },
  300_000,
)

const changes = ['', 'create', 'delete']
/** In a soak each row is tried with each change pending; else with one of them, another for each row. */
const tried = (row: number) => (process.env.HOSTING_PANEL_SOAK ? changes : [changes[row % changes.length]!])

it.each(casesOf(hostileDatabases, 3).map(([what, value], row) => [what, value, tried(row)] as const))(
  'a database with %s in the store reaches no statement of MariaDB’s',
  async (_what, value, pending) => {
    const before = await machineOnly()
    for (const change of pending) {
      await node(on.machine, putDatabase(value, change))
      await everything()
      await on.panel.get('/databases')
      if (change) await output(on.machine, 'systemctl', 'restart', 'hosting-panel.service')
      await expect.poll(async () => (await on.panel.get('/health')).status, { timeout: 90_000 }).toBe(200)
      await node(on.machine, restore, kept)
    }
    expect(
      await output(
        on.machine,
        'mariadb',
        '--batch',
        '--skip-column-names',
        '-e',
        'SHOW DATABASES; SELECT user, host FROM mysql.user',
      ),
    ).not.toContain(MARK)
    expect(await pwned(on.machine)).toBe('')
    expect(await machineOnly()).toBe(before)
  },
  300_000,
)

it('hostile settings in the store reach no file', async () => {
  const before = await machineOnly()
  const values = [
    ['settings', { serverName: `x;\n${MARK}`, resolvers: ['1.1.1.1; x'] }],
    [
      'firewall',
      {
        enabled: true,
        rules: [
          {
            id: 'x',
            action: `allow; touch /tmp/pwned-store`,
            port: '22;',
            protocol: 'tcp',
            source: '$(id)',
            comment: MARK,
          },
        ],
      },
    ],
    ['bans', { ignore: [`1.2.3.4\n${MARK}`], jails: {} }],
  ].map(([key, value]) => [key, JSON.stringify({ value, expiresAt: null })])
  await node(on.machine, restore, JSON.stringify(values))
  await everything()
  await node(on.machine, restore, kept)
  expect(await output(on.machine, 'grep', '-rl', MARK, '/etc')).toBe('')
  expect(await pwned(on.machine)).toBe('')
  expect(await machineOnly()).toBe(before)
}, 300_000)

it('an honest row is made true by the same calls (control)', async () => {
  await node(
    on.machine,
    put(JSON.stringify({ ...spec, aliases: [`${MARK.replaceAll('_', '-')}.test`] }), 'stored.test'),
  )
  await everything()
  expect(await output(on.machine, 'grep', '-rl', MARK.replaceAll('_', '-'), '/etc/nginx/sites-available')).toBe(
    '/etc/nginx/sites-available/stored.test.conf',
  )
  await on.panel.delete('/sites/stored.test?purge=true')
  await node(on.machine, restore, kept)
})

it('what failed over such rows is well again with its next run', async () => {
  await node(on.machine, restore, kept)
  await hooks()
  await expect.poll(async () => (await on.panel.get('/health')).body.status, { timeout: 90_000 }).toBe('ok')
})
