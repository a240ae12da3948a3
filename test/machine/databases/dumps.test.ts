import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { everything, makeFull, named } from './_dumps.ts'
import {
  begun,
  contents,
  createDatabase,
  ended,
  importDump,
  leftovers,
  outcome,
  removeDatabase,
  sql,
} from './_helpers.ts'

let machine: Machine
let panel: Api
let before: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  before = await makeFull(machine, panel, 'source')
  await createDatabase(panel, 'target')
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const name of ['source', 'target']) await removeDatabase(panel, name)
})

/** Downloads inside, with the panel's own session: binary data does not pass through the tests. */
async function curl(path: string, to: string): Promise<void> {
  const cookie = await output(machine, 'cat', '/etc/hosting-panel/local-token')
  const { code, stderr } = await machine.sh([
    'curl',
    '-sSkf',
    '-o',
    to,
    '-H',
    `Authorization: Bearer ${cookie}`,
    `https://127.0.0.1:8080/api${path}`,
  ])
  expect(code, stderr).toBe(0)
}

describe('out and in again', () => {
  it.each([
    ['none', 'cat'],
    ['gzip', 'zcat'],
    ['zstd', 'zstd -dc'],
  ] as const)(
    '%s, streamed and kept: tables, blobs, views, triggers, routines and events',
    async (compression, unpack) => {
      await curl(`/databases/source/export?compression=${compression}`, '/root/streamed')
      const { result, steps } = await ended(panel, 'POST', '/databases/source/export', { compression })
      expect(steps).toMatchObject([{ name: 'Writing the dump', state: 'done' }])
      await curl(`/dumps/${String(result!.id)}`, '/root/kept')
      expect(Number(await output(machine, 'stat', '-c', '%s', '/root/kept'))).toBe(result!.bytes)
      const text = (file: string) =>
        output(machine, 'sh', '-c', `${unpack} < /root/${file} | grep -v '^-- Dump completed'`)
      expect(await text('streamed')).toBe(await text('kept'))
      const job = await ended(panel, 'POST', `/dumps/${String(result!.id)}/restore`, { database: 'target' })
      expect(job.error).toBeNull()
      expect(named(await contents(machine, 'target'))).toBe(named(before))
      expect(await sql(machine, 'target', 'SELECT f(), COUNT(*) FROM v')).toBe('7\t3')
      expect(await leftovers(machine)).toBe('')
    },
  )

  it('the importing account is the definer of what it makes, as nobody else may be', async () => {
    const definers = await sql(
      machine,
      'target',
      "SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'target' UNION SELECT DEFINER FROM " +
        "information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'target' UNION SELECT DEFINER FROM " +
        "information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'target'",
    )
    expect(definers).toMatch(/^hosting-panel-db-[0-9a-f]{12}@localhost$/)
    expect(await sql(machine, 'target', 'SELECT a FROM t WHERE id = 2')).toBe('DEFINER=`root`@`localhost` is only text')
  })

  it('what was there is kept as a copy, which brings it back', async () => {
    const { result } = await importDump(panel, 'target', 'DROP TABLE t; DROP VIEW v;')
    expect(await sql(machine, 'target', 'SHOW TABLES')).toBe('')
    expect((await panel.get('/dumps?database=target')).body).toContainEqual(
      expect.objectContaining({ id: result!.before, reason: 'before-import' }),
    )
    await ended(panel, 'POST', `/dumps/${String(result!.before)}/restore`, { database: 'target' })
    expect(named(await contents(machine, 'target'))).toBe(named(before))
  })

  it('an export whose reader leaves is ended', async () => {
    await sql(machine, 'source', 'CREATE TABLE wide AS SELECT seq, REPEAT(MD5(seq), 100) AS text FROM seq_1_to_20000')
    const token = await output(machine, 'cat', '/etc/hosting-panel/local-token')
    await machine.sh([
      'timeout',
      '1',
      'curl',
      '-sk',
      '--limit-rate',
      '100k',
      '-o',
      '/dev/null',
      '-H',
      `Authorization: Bearer ${token}`,
      'https://127.0.0.1:8080/api/databases/source/export',
    ])
    await expect.poll(() => leftovers(machine), { timeout: 90_000 }).toBe('')
    await sql(machine, 'source', 'DROP TABLE wide')
  })
})

describe('cancelled', () => {
  it('an import: the old data is back before the job says so', async () => {
    const id = await begun(panel, 'POST', '/databases/target/import', Buffer.from('DROP TABLE t; SELECT SLEEP(60);'))
    await expect
      .poll(async () => ((await panel.get('/databases/target/queries')).body as unknown[]).length, { timeout: 90_000 })
      .toBe(1)
    expect((await panel.get(`/jobs/${id}`)).body).toMatchObject({ state: 'running', cancellable: true })
    expect((await panel.delete(`/jobs/${id}`)).status).toBe(204)
    expect((await outcome(panel, id)).error).toMatchObject({ code: 'cancelled' })
    expect(named(await contents(machine, 'target'))).toBe(named(before))
    expect(await panel.delete(`/jobs/${id}`)).toMatchObject({ status: 409, body: { code: 'job_not_cancellable' } })
    expect(await leftovers(machine)).toBe('')
  })

  it('an upload that breaks off: nothing was begun', async () => {
    await writeFile(machine, '/root/cut.sql', everything.repeat(100))
    const token = await output(machine, 'cat', '/etc/hosting-panel/local-token')
    await machine.sh([
      'timeout',
      '1',
      'curl',
      '-sk',
      '--limit-rate',
      '10k',
      '-H',
      `Authorization: Bearer ${token}`,
      '-H',
      'Content-Type: application/sql',
      '--data-binary',
      '@/root/cut.sql',
      'https://127.0.0.1:8080/api/databases/target/import',
    ])
    await expect.poll(() => leftovers(machine), { timeout: 90_000 }).toBe('')
    expect(named(await contents(machine, 'target'))).toBe(named(before))
  })
})

it('deleted, a dump of it is kept, and brings it back', async () => {
  await createDatabase(panel, 'fleeting')
  await importDump(panel, 'fleeting', "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('it was here');")
  const { result } = await ended(panel, 'DELETE', '/databases/fleeting')
  expect((await panel.get('/databases/fleeting')).status).toBe(404)
  expect(await sql(machine, 'mysql', "SELECT COUNT(*) FROM mysql.global_priv WHERE User = 'fleeting'")).toBe('0')
  const dump = (
    (await panel.get('/dumps?database=fleeting')).body as { id: string; reason: string; keptUntil: string }[]
  ).find(({ id }) => id === result!.dump)!
  expect(dump.reason).toBe('deleted')
  expect(Date.parse(dump.keptUntil) - Date.now()).toBeGreaterThan(29 * 86_400_000)
  await createDatabase(panel, 'fleeting')
  expect((await ended(panel, 'POST', `/dumps/${dump.id}/restore`, { database: 'fleeting' })).state).toBe('done')
  expect(await sql(machine, 'fleeting', 'SELECT a FROM t')).toBe('it was here')
  await removeDatabase(panel, 'fleeting')
  expect((await panel.delete(`/dumps/${dump.id}`)).status).toBe(204)
  expect(await output(machine, 'ls', '/var/lib/hosting-panel-dumps')).not.toContain(dump.id)
})
