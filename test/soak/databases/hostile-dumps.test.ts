import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { output } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'
import { everything, makeFull, named } from '../../machine/databases/_dumps.ts'
import { contents, importDump, leftovers, removeDatabase } from '../../machine/databases/_helpers.ts'

let machine: Machine
let panel: Api
let before: string

/** Comments that no packing makes small: 800 kB. */
const noise = Array.from({ length: 10_000 }, () => `-- ${randomBytes(40).toString('hex')}\n`).join('')

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await makeFull(machine, panel, 'source')
  before = await makeFull(machine, panel, 'target')
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const name of ['source', 'target']) await removeDatabase(panel, name)
})

describe('a hostile dump leaves nothing behind', () => {
  const refusals: [what: string, dump: string | Buffer, code: string, says: string][] = [
    [
      'another database',
      "INSERT INTO t (a) VALUES ('x'); USE mysql; DROP TABLE global_priv;",
      'dump_refused',
      'another database',
    ],
    ['a database of its own', 'CREATE DATABASE evil; USE evil;', 'dump_refused', 'another database'],
    ['a name of another database', 'SELECT * FROM source.t;', 'dump_refused', 'needs rights'],
    ['a grant', "GRANT ALL ON *.* TO 'x'@'%' IDENTIFIED BY 'x';", 'dump_refused', 'accounts, grants and settings'],
    [
      'a definer in another statement',
      'SELECT 1; PREPARE s FROM "CREATE DEFINER=root@localhost VIEW x AS SELECT 1"; EXECUTE s;',
      'dump_refused',
      'SUPER, SET USER',
    ],
    ['a file of the server’s', "LOAD DATA INFILE '/etc/passwd' INTO TABLE t (a);", 'dump_refused', 'needs rights'],
    ['a file of the client’s', "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t (a);", 'dump_failed', 'local infile'],
    ['a file to be written', "SELECT '<?php' INTO OUTFILE '/var/www/x.php';", 'dump_refused', 'needs rights'],
    ['a shell command', '\\! id > /tmp/pwned\n', 'dump_refused', 'command of the mariadb client'],
    ['a shell command in the middle', 'SELECT 1;\nsystem id > /tmp/pwned\n', 'dump_failed', 'syntax'],
    ['another file to be read', '\\. /etc/passwd\n', 'dump_refused', 'command of the mariadb client'],
    ['another server', '\\r mysql 192.0.2.1\n', 'dump_refused', 'command of the mariadb client'],
    ['a pager', 'SELECT 1;\n\\P id > /tmp/pwned\nSELECT 2;', 'dump_refused', 'command of the mariadb client'],
    ['a setting of the server’s', 'SET GLOBAL general_log_file = "/var/www/x.php";', 'dump_refused', 'needs rights'],
    ['an end in a string', "INSERT INTO t (a) VALUES ('abc", 'dump_truncated', 'middle of a statement'],
    ['an end in a comment', 'DELETE FROM t; /* and then', 'dump_truncated', 'middle of a statement'],
    ['an end in a statement', 'INSERT INTO t (a) VALUES (1),', 'dump_failed', 'syntax'],
    ['nothing', '', 'not_a_dump', 'empty'],
    ['an archive', Buffer.from('PK\x03\x04 and so on'), 'not_a_dump', 'ZIP'],
    [
      'a tree of files',
      gzipSync(Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.alloc(600)])),
      'not_a_dump',
      'tar',
    ],
    ['two packings', gzipSync(gzipSync(everything)), 'not_a_dump', 'packed twice'],
    ['two packings of two kinds', zstdCompressSync(gzipSync(everything)), 'not_a_dump', 'packed twice'],
    [
      'a packing that is cut off',
      gzipSync(`DELETE FROM t;\n${noise}`).subarray(0, 200_000),
      'dump_truncated',
      'cut off or damaged',
    ],
    [
      'a packing that is damaged',
      zstdCompressSync(`DELETE FROM t;\n${noise}`).fill(7, 200_000, 200_100),
      'dump_truncated',
      'cut off or damaged',
    ],
    ['a dump that says it goes on', '-- MariaDB dump 10.19\nDELETE FROM t;\n', 'dump_truncated', 'Dump completed'],
  ]
  it.each(refusals)('%s', async (_what, dump, code, says) => {
    const job = await importDump(panel, 'target', dump)
    expect(job, JSON.stringify(job.error)).toMatchObject({
      state: 'failed',
      error: { code, message: expect.stringContaining(says) },
    })
    expect(named(await contents(machine, 'target'))).toBe(named(before))
    expect(
      await output(
        machine,
        'sh',
        '-c',
        'ls /tmp/pwned /var/www/x.php 2>/dev/null; mariadb -e "SHOW DATABASES LIKE \'evil\'"',
      ),
    ).toBe('')
    expect(await leftovers(machine)).toBe('')
  })

  it('one that fails half way: the old data is back, whole', async () => {
    const job = await importDump(
      panel,
      'target',
      'DROP TABLE t; DROP VIEW v; DROP PROCEDURE p; CREATE TABLE other (a INT); ' +
        `${'INSERT INTO other VALUES (1);'.repeat(1000)} INSERT INTO missing VALUES (1);`,
    )
    expect(job.error).toMatchObject({
      code: 'dump_failed',
      message: expect.stringContaining("'target.missing' doesn't exist"),
    })
    expect(job.steps.map(({ name }) => name)).toEqual([
      'Copying the database as it is',
      'Importing',
      'Restoring the database',
    ])
    expect(named(await contents(machine, 'target'))).toBe(named(before))
  })

  it('a bomb is ended long before it fills anything', async () => {
    await output(
      machine,
      'sh',
      '-c',
      'yes -- "-- $(printf %0300d 0)" | head -c 3000000000 | zstd -q -3 -o /root/bomb.zst -f',
    )
    const token = await output(machine, 'cat', '/etc/hosting-panel/local-token')
    const answer = await output(
      machine,
      'curl',
      '-sk',
      '-H',
      `Authorization: Bearer ${token}`,
      '-H',
      'Prefer: wait=120',
      '-H',
      'Content-Type: application/zstd',
      '--data-binary',
      '@/root/bomb.zst',
      'https://127.0.0.1:8080/api/databases/target/import',
    )
    expect(JSON.parse(answer)).toMatchObject({ state: 'failed', error: { code: 'dump_bomb' } })
    expect(named(await contents(machine, 'target'))).toBe(named(before))
  })

  it('a file whose last statement takes long is no bomb once it is unpacked', async () => {
    const dump = '(yes -- "-- $(seq -s " " 40)" | head -c 300000000; echo; echo "SELECT SLEEP(4);") | gzip -1'
    await output(machine, 'sh', '-c', `${dump} >/root/slow.gz`)
    const { code, stdout, stderr } = await machine.sh(
      ['hosting-panel', 'databases', 'import', 'target', '--body', '/root/slow.gz'],
      { timeout: 300 },
    )
    expect(code, stdout + stderr).toBe(0)
    await output(machine, 'rm', '/root/slow.gz')
  })

  it('one endless line does not take the memory', async () => {
    await output(
      machine,
      'sh',
      '-c',
      '(printf "SELECT \'"; head -c 1500000000 /dev/zero | tr "\\0" a) | gzip -1 > /root/line.gz',
    )
    const token = await output(machine, 'cat', '/etc/hosting-panel/local-token')
    const answer = await output(
      machine,
      'curl',
      '-sk',
      '-H',
      `Authorization: Bearer ${token}`,
      '-H',
      'Prefer: wait=120',
      '-H',
      'Content-Type: application/gzip',
      '--data-binary',
      '@/root/line.gz',
      'https://127.0.0.1:8080/api/databases/target/import',
    )
    expect(JSON.parse(answer)).toMatchObject({ state: 'failed', error: { code: 'not_a_dump' } })
    expect(named(await contents(machine, 'target'))).toBe(named(before))
    await output(machine, 'rm', '/root/line.gz', '/root/bomb.zst')
  })
})
