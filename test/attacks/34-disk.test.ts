import { afterAll, beforeAll, expect, it } from 'vitest'
import { provideNode, startTiny, appOf } from '../machine/apps/_tiny.ts'
import { script } from '../machine/cache/_cache.ts'
import { as, createDatabase, removeDatabase, type Connection } from '../machine/databases/_helpers.ts'
import { site } from '../machine/http.ts'
import { itInSoak } from '../_cases.ts'
import { output, target, type Target } from './_attack.ts'

const MIB = 1024 * 1024
const [HOARDER, APP] = ['hoarder.test', 'app-hoarder.test']

let on: Target
let db: Connection
beforeAll(async () => {
  on = await target()
  await provideNode(on.panel)
  expect((await on.panel.post('/sites', { domain: HOARDER, runtime: 'php', diskMb: 40, files: 2_000 })).status).toBe(
    201,
  )
  db = await createDatabase(on.panel, 'hoarder', { site: HOARDER })
  await script(
    on.machine,
    HOARDER,
    'write.php',
    `
    $file = fopen(__DIR__ . '/' . basename($_GET['to']), 'a');
    for ($mib = 0; $mib < (int) $_GET['mib']; $mib++) {
      if (@fwrite($file, random_bytes(1 << 20)) !== 1 << 20) exit('refused');
    }
    echo fflush($file) ? 'written' : 'refused';`,
  )
  await script(
    on.machine,
    HOARDER,
    'remove.php',
    "echo unlink(__DIR__ . '/' . basename($_GET['to'])) ? 'removed' : 'kept';",
  )
  await script(
    on.machine,
    HOARDER,
    'many.php',
    "for ($n = 0; $n < 1500; $n++) touch(__DIR__ . '/' . $_GET['from'] . $n); echo 'made';",
  )
  await script(
    on.machine,
    HOARDER,
    'behind.php',
    'exec(\'setsid nohup sh -c "while sleep 0.1; do head -c 10000 /dev/zero >>grown; done" >/dev/null 2>&1 ' +
      "&'); echo 'begun';",
  )
}, 300_000)
afterAll(async () => {
  await removeDatabase(on.panel, 'hoarder')
  for (const domain of [HOARDER, APP]) await on.panel.delete(`/sites/${domain}?purge=true`)
})

const ask = async (path: string, domain = HOARDER) => (await site(on.machine, domain, path)).body
const write = (mib: number, to = 'large') => ask(`/write.php?to=${to}&mib=${mib}`)
const size = async (name: string, folder = `/var/www/${HOARDER}/public`) =>
  Number((await output(on.machine, 'stat', '-c', '%s', `${folder}/${name}`)) || 0)
const measured = async (domain = HOARDER) => (await on.panel.post(`/sites/${domain}/storage/measure`)).body
const alert = async (domain = HOARDER) =>
  ((await on.panel.get('/alerts')).body.alerts as { key: string }[]).find(({ key }) => key === `storage:${domain}`)
const query = async (statement: string) => {
  const { code, stdout, stderr } = await as(on.machine, db, 'hoarder', statement)
  return code === 0 ? stdout.trim() : /denied/.test(stderr) ? 'denied' : stderr
}

it('below its limit a site writes as it likes (control)', async () => {
  expect(await write(5)).toBe('written')
  expect(await measured()).toMatchObject({ state: 'ok', most: { diskMb: 40, files: 2_000 } })
  expect(
    await query(
      'CREATE TABLE rows_of_it (id INT PRIMARY KEY AUTO_INCREMENT, text LONGBLOB); INSERT INTO rows_of_it ' +
        '(text) VALUES (1)',
    ),
  ).toBe('')
  expect(await alert()).toBeUndefined()
})

it('a site that fills the disk fast is noticed without being asked, and cannot write any more', async () => {
  expect(await ask('/behind.php')).toBe('begun')
  expect(await write(300)).toBe('written')
  const states = async () => [
    (await on.panel.get(`/sites/${HOARDER}/storage`)).body.state,
    (await on.panel.get(`/sites/${HOARDER}`)).body.state,
  ]
  await expect.poll(states).toEqual(['full', 'active'])
  const before = await size('large')
  expect(await write(1)).toBe('refused')
  expect(await write(1, 'another')).toBe('refused')
  expect(await size('large')).toBe(before)
  const grown = await size('grown')
  expect(grown, 'what ran in the background had grown (control)').toBeGreaterThan(0)
  const user = (await on.panel.get(`/sites/${HOARDER}`)).body.user as string
  expect(await output(on.machine, 'pgrep', '-u', user, '-f', 'grown')).toBe('')
  expect(await size('grown')).toBe(grown)
})

it('visitors see its pages, its database is read and emptied, and somebody is told', async () => {
  expect((await site(on.machine, HOARDER, '/write.php?to=x&mib=0')).status).toBe(200)
  expect(await query('SELECT COUNT(*) FROM rows_of_it')).toBe('1')
  for (const statement of [
    'INSERT INTO rows_of_it (text) VALUES (2)',
    'UPDATE rows_of_it SET text = 3',
    'CREATE TABLE more (id INT)',
  ]) {
    expect(await query(statement)).toBe('denied')
  }
  expect(await query('DELETE FROM rows_of_it')).toBe('')
  expect(await alert()).toMatchObject({
    severity: 'warning',
    message: expect.stringContaining('40 MB of disk it may use') as string,
  })
  expect((await on.panel.get(`/databases/hoarder`)).body.state).toBe('full')
  expect((await on.panel.get('/drift')).body.changes).toEqual([])
  const user = (await on.panel.get(`/sites/${HOARDER}`)).body.user as string
  const cron = await on.machine.sh(['su', '-s', '/bin/sh', user, '-c', `echo x >/var/www/${HOARDER}/tmp/cron`])
  expect(cron.code, 'what PAM starts is limited too').not.toBe(0)
})

it('one that has removed enough is let go', async () => {
  expect(await ask('/remove.php?to=large')).toBe('removed')
  expect(await measured()).toMatchObject({ state: 'ok' })
  expect(await write(1)).toBe('written')
  expect(await query('INSERT INTO rows_of_it (text) VALUES (4)')).toBe('')
  expect([await alert(), (await on.panel.get('/drift')).body.changes]).toEqual([undefined, []])
})

itInSoak(
  'one that goes on making files although it is full is stopped, and a raised limit brings it back',
  async () => {
    expect(await ask('/many.php?from=a')).toBe('made')
    expect(await ask('/many.php?from=b')).toBe('made')
    expect(await measured()).toMatchObject({ state: 'full' })
    // What was under way when it became full is no growth.
    expect(await measured()).toMatchObject({ state: 'full' })
    expect(await ask('/many.php?from=c')).toBe('made')
    expect(await measured()).toMatchObject({ state: 'over' })
    expect(await site(on.machine, HOARDER, '/many.php?from=d')).toMatchObject({
      status: 503,
      body: expect.stringContaining('This site is full') as string,
    })
    expect((await on.panel.get(`/sites/${HOARDER}`)).body.state).toBe('stopped')
    expect(await alert()).toMatchObject({ severity: 'critical' })
    expect((await on.panel.patch(`/sites/${HOARDER}`, { files: null })).status).toBe(200)
    expect(await measured()).toMatchObject({ state: 'ok' })
    expect(await write(1)).toBe('written')
    expect((await on.panel.get('/drift')).body.changes).toEqual([])
  },
)

itInSoak('an app goes on answering while its files cannot grow, also where everybody may write', async () => {
  await startTiny(on.machine, on.panel, APP)
  const folder = `/var/www/${APP}/app`
  await output(
    on.machine,
    'sh',
    '-c',
    `cd ${folder} && cat >>server.js <<'E'
const { appendFileSync } = require('node:fs')
routes['/write'] = () => {
  try { appendFileSync('grown', Buffer.alloc(1e6)); return 'written' } catch (error) { return error.code }
}
E`,
  )
  expect((await on.panel.post(`/sites/${APP}/app/restart`, undefined, { prefer: 'wait=60' })).body).toMatchObject({
    state: 'done',
  })
  expect(await ask('/write', APP)).toBe('written')
  expect((await on.panel.patch(`/sites/${APP}`, { diskMb: 1 })).status).toBe(200)
  const { user } = (await on.panel.get(`/sites/${APP}`)).body as { user: string }
  const elsewhere = `head -c ${2 * MIB} /dev/urandom >/var/tmp/large`
  await output(on.machine, 'setpriv', `--reuid=${user}`, '--clear-groups', 'sh', '-c', elsewhere)
  expect(await measured(APP)).toMatchObject({ state: 'full' })
  await expect.poll(() => ask('/write', APP)).toBe('EFBIG')
  expect((await appOf(on.panel, APP)).state).toBe('running')
  await output(on.machine, 'rm', '/var/tmp/large')
  expect((await on.panel.patch(`/sites/${APP}`, { diskMb: null })).status).toBe(200)
  expect(await measured(APP)).toMatchObject({ state: 'ok' })
  await expect.poll(() => ask('/write', APP)).toBe('written')
})
