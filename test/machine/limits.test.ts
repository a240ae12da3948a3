import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { siteUser } from '../../lib/model/sites/names.ts'
import { createDatabase, ended, importDump, leftovers, removeDatabase, sql } from './databases/_helpers.ts'
import { askAgent } from './_agent.ts'
import { api, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { output } from './sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const domain of ['first.test', 'second.test', 'shared.test']) await panel.delete(`/sites/${domain}?purge=true`)
  await panel.delete('/users/tenant')
})

const add = (domain: string) => panel.post('/sites', { domain, runtime: 'static', owner: 'tenant' })

it('who has used their share of the disk up gets nothing new until there is room again', async () => {
  expect(
    (await panel.post('/users', { username: 'tenant', password: 'a password of a tenant', limits: { diskMb: 3 } }))
      .status,
  ).toBe(201)
  expect((await add('first.test')).status).toBe(201)
  await output(machine, 'dd', 'if=/dev/urandom', 'of=/var/www/first.test/public/large', 'bs=1M', 'count=4')
  expect((await panel.get('/users/tenant')).body.usage).toMatchObject({
    sites: 1,
    databases: 0,
    diskMb: 5,
    parts: { sitesMb: 5, databasesMb: 0, dumpsMb: 0, uploadsMb: 0 },
  })
  expect(await add('second.test')).toMatchObject({ status: 403, body: { code: 'limit_reached' } })
  await output(machine, 'rm', '/var/www/first.test/public/large')
  expect((await add('second.test')).status).toBe(201)
})

describe('dumps and uploads of somebody who has little room', () => {
  const DUMPS = '/var/lib/hosting-panel-dumps'
  const kept = async () => ((await panel.get('/dumps?database=rented')).body as { id: string }[]).map(({ id }) => id)
  const parts = async () => (await panel.get('/users/tenant')).body.usage.parts as Record<string, number>
  /** Leaves the tenant so much room beside what is there. */
  const leave = async (mb: number) => {
    const { diskMb } = (await panel.get('/users/tenant')).body.usage
    expect((await panel.patch('/users/tenant', { limits: { diskMb: diskMb + mb } })).status).toBe(200)
  }
  const before = { dumps: '', rows: '' }
  const now = async () => ({
    dumps: await output(machine, 'ls', '-A', DUMPS),
    rows: await sql(machine, 'rented', 'CHECKSUM TABLE a'),
  })
  beforeAll(async () => {
    await panel.patch('/users/tenant', { limits: { diskMb: null } })
    await createDatabase(panel, 'rented', { owner: 'tenant' })
    await sql(
      machine,
      'rented',
      'CREATE TABLE a AS SELECT seq, SHA2(seq, 512) AS text FROM seq_1_to_60000; CREATE TABLE z (id INT)',
    )
    Object.assign(before, await now())
  })
  afterAll(async () => {
    for (const id of await kept()) await panel.delete(`/dumps/${id}`)
    await removeDatabase(panel, 'rented')
  })

  it('a dump that outgrows what its owner has left is ended while it is written, and leaves nothing', async () => {
    await leave(4)
    // It writes what is in `a`, 9 MB, and then waits for `z` until it is ended.
    const held = machine.sh(['mariadb', 'rented', '-e', 'LOCK TABLES z WRITE; SELECT SLEEP(600)'])
    const holders = () =>
      sql(machine, 'rented', "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(600)'")
    await expect.poll(holders).not.toBe('')
    const { error } = await ended(panel, 'POST', '/databases/rented/export', { compression: 'none' })
    expect(error).toMatchObject({
      code: 'limit_reached',
      message: expect.stringContaining('The dump is larger') as string,
    })
    expect(await holders(), 'it was ended before it could end (control)').not.toBe('')
    await sql(machine, 'rented', `KILL ${await holders()}`)
    await held
    expect([await now(), await leftovers(machine), await kept()]).toEqual([before, '', []])
  })

  it('an import that has no room for the copy of what was there changes nothing', async () => {
    await leave(1)
    const { error } = await importDump(panel, 'rented', 'DROP TABLE a;')
    expect(error).toMatchObject({ code: 'limit_reached' })
    expect([await now(), await leftovers(machine), await kept()]).toEqual([before, '', []])
  })

  it('an upload past it is answered, whether it says how large it is or not, and leaves nothing', async () => {
    await leave(4)
    await output(machine, 'sh', '-c', 'head -c 30000000 /dev/zero >/root/large.sql')
    const token = await output(machine, 'cat', '/etc/hosting-panel/local-token')
    for (const more of [[], ['-H', 'Transfer-Encoding: chunked']]) {
      const { code, stdout } = await machine.sh([
        'curl',
        '-sk',
        ...more,
        '-H',
        `Authorization: Bearer ${token}`,
        '-H',
        'Content-Type: application/sql',
        '--data-binary',
        '@/root/large.sql',
        '-w',
        ' %{http_code}',
        'https://127.0.0.1:8080/api/databases/rented/import',
      ])
      const [, body, status] = /^(.*) (\d+)$/s.exec(stdout)!
      expect([code, status, JSON.parse(body!)]).toMatchObject([
        0,
        '403',
        { code: 'limit_reached', message: expect.stringContaining('tenant may use 4 MB more') as string },
      ])
    }
    await output(machine, 'rm', '/root/large.sql')
    expect([await now(), await leftovers(machine), (await parts()).uploadsMb]).toEqual([before, '', 0])
  })

  it('with room the same dump is kept and counts, and with none left another is refused', async () => {
    await leave(12)
    const { result, error } = await ended(panel, 'POST', '/databases/rented/export', { compression: 'none' })
    expect(error).toBeNull()
    const { dumpsMb } = await parts()
    expect(Math.abs(dumpsMb! - (result!.bytes as number) / MIB), 'rounded').toBeLessThan(1)
    await leave(-1)
    expect(await panel.post('/databases/rented/export', { compression: 'none' })).toMatchObject({
      status: 403,
      body: { code: 'limit_reached' },
    })
    expect((await panel.delete(`/dumps/${String(result!.id)}`)).status).toBe(204)
    expect(await parts()).toMatchObject({ dumpsMb: 0 })
  })
})

/** Asks the agent as the panel does. */
const ask = async (operation: string, input: object): Promise<unknown> => {
  const answer = await askAgent(machine, operation, input)
  return (JSON.parse(answer.trim().split('\n').at(-1)!) as { result: unknown }).result
}

const MIB = 1024 * 1024

it('the agent measures bytes and inodes of each site in the order asked', async () => {
  const measure = async (...domains: string[]) =>
    ((await ask('sites.usage', { domains })) as { sites: { bytes: number; files: number }[] }).sites
  const [first] = await measure('first.test')
  await output(machine, 'dd', 'if=/dev/zero', 'of=/var/www/first.test/public/more', 'bs=1M', 'count=2')
  await output(machine, 'mkdir', '/var/www/first.test/public/folder')
  const [none, second, grown] = await measure('none.test', 'second.test', 'first.test')
  expect(none).toEqual({ bytes: 0, files: 0 })
  expect(grown!.files - first!.files).toBe(2)
  expect(grown!.bytes - first!.bytes).toBeGreaterThanOrEqual(2 * MIB)
  expect(grown!.bytes - first!.bytes).toBeLessThan(2.1 * MIB)
  expect(second!.bytes).toBeLessThan(MIB)
})

it('the agent tells how much the processes of each site have written, shared sites apart', async () => {
  expect((await panel.post('/sites', { domain: 'shared.test', runtime: 'php', isolation: 'shared' })).status).toBe(201)
  const code = '<?php file_put_contents("file", str_repeat("x", $_GET["mb"] << 20)); echo "written";'
  await output(machine, 'sh', '-c', `printf '%s' '${code}' > /var/www/shared.test/public/write.php`)
  await output(machine, 'chown', '-R', 'hosting-panel-shared:', '/var/www/shared.test/public')
  expect(await output(machine, 'curl', '-s', '-H', 'Host: shared.test', 'http://127.0.0.1/write.php?mb=4')).toBe(
    'written',
  )
  const own = `dd if=/dev/zero of=/var/www/first.test/public/own bs=1M count=3 2>&1 && exec sleep 60`
  await output(machine, 'systemd-run', '-q', '--unit=writer', `--uid=${siteUser('first.test')}`, 'sh', '-c', own)
  await output(machine, 'sh', '-c', 'until pgrep -u "$0" -x sleep; do :; done', siteUser('first.test'))
  const { sites } = (await ask('sites.writers', {})) as { sites: { domain: string; bytesWritten: number }[] }
  await output(machine, 'systemctl', 'stop', 'writer')
  const written = new Map(sites.map(({ domain, bytesWritten }) => [domain, bytesWritten]))
  expect(written.get('second.test')).toBe(0)
  for (const [domain, mb] of [
    ['first.test', 3],
    ['shared.test', 4],
  ] as const) {
    expect(written.get(domain), domain).toBeGreaterThanOrEqual(mb * MIB)
    expect(written.get(domain), domain).toBeLessThan((mb + 1) * MIB)
  }
})
