import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, deleteSite, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { addUser, as, createDatabase, ended, removeDatabase, sql, type Connection } from './_helpers.ts'

let machine: Machine
let panel: Api
let shop: Connection
let neighbour: Connection

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'shop.test', runtime: 'php' })
  await create(panel, { domain: 'neighbour.test', runtime: 'php' })
  shop = await createDatabase(panel, 'sh_p', { site: 'shop.test' })
  // In a grant `_` stands for any character: this is what a careless one would give away.
  neighbour = await createDatabase(panel, 'shop', { site: 'neighbour.test' })
  await sql(machine, 'sh_p', "CREATE TABLE goods (id INT PRIMARY KEY, name TEXT); INSERT INTO goods VALUES (1, 'tea')")
  await sql(
    machine,
    'shop',
    "CREATE TABLE secrets (id INT PRIMARY KEY, name TEXT); INSERT INTO secrets VALUES (1, 'hidden')",
  )
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const name of ['sh_p', 'shop']) await removeDatabase(panel, name)
  for (const domain of ['shop.test', 'neighbour.test']) await deleteSite(panel, domain)
})

it('real clients come in: mariadb by socket and TCP, mysqli and PDO of a PHP site', async () => {
  expect((await as(machine, shop, 'sh_p', 'SELECT name FROM goods')).stdout.trim()).toBe('tea')
  await writeFile(
    machine,
    '/var/www/shop.test/public/db.php',
    `<?php
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    $my = new mysqli('localhost', '${shop.username}', '${shop.password}', 'sh_p');
    echo $my->query('SELECT name FROM goods')->fetch_row()[0], ' ', $my->character_set_name(), ' ';
    $where = 'mysql:host=127.0.0.1;port=${shop.port};dbname=sh_p;charset=utf8mb4';
    $pdo = new PDO($where, '${shop.username}', '${shop.password}');
    $pdo->exec("INSERT INTO goods VALUES (2, 'tæ 🍵')");
    echo $pdo->query('SELECT name FROM goods WHERE id = 2')->fetchColumn();`,
  )
  expect((await site(machine, 'shop.test', '/db.php')).body).toBe('tea utf8mb4 tæ 🍵')
})

it('sizes, tables and whose it is', async () => {
  const list = (await panel.get('/databases')).body as Record<string, unknown>[]
  expect(list.find(({ name }) => name === 'sh_p')).toMatchObject({
    site: 'shop.test',
    state: 'active',
    tables: 1,
    users: 1,
    charset: 'utf8mb4',
  })
  expect(list.find(({ name }) => name === 'sh_p')!.bytes).toBeGreaterThan(60_000)
  expect((await panel.get('/databases/sh_p')).body.tables).toMatchObject([
    { name: 'goods', kind: 'table', engine: 'InnoDB' },
  ])
})

it('nobody reaches what is another’s: not with `_`, not by name, not as an administrator', async () => {
  expect((await as(machine, shop, '', 'SHOW DATABASES')).stdout.trim().split('\n').sort()).toEqual([
    'information_schema',
    'sh_p',
  ])
  for (const statement of [
    'SELECT * FROM shop.secrets',
    'USE shop',
    'SELECT * FROM mysql.global_priv',
    'CREATE DATABASE mine',
    "SELECT LOAD_FILE('/etc/passwd') IS NOT NULL AND 1/0",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    'CREATE USER evil@localhost',
    'GRANT ALL ON shop.* TO sh_p@localhost',
    'SET GLOBAL max_connections = 1',
    'SHUTDOWN',
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE goods",
    'FLUSH PRIVILEGES',
    'CREATE DEFINER=root@localhost PROCEDURE p() SELECT * FROM mysql.user',
    'INSTALL SONAME "ha_example"',
    'ALTER USER root@localhost IDENTIFIED BY "x"',
    'SHOW GRANTS FOR shop@localhost',
  ]) {
    const { code, stderr, stdout } = await as(machine, shop, 'sh_p', statement)
    if (statement.includes('LOAD_FILE')) expect(stdout.trim()).toMatch(/^(?:NULL|0)$/)
    else
      expect([code, /ERROR (?:1044|1045|1142|1227|1370|1410)/.test(stderr)], `${statement}: ${stderr}`).toEqual([
        1,
        true,
      ])
  }
  expect((await as(machine, { ...shop, username: 'root' }, '', 'SELECT 1')).stderr).toContain('Access denied')
  expect((await as(machine, { ...shop, username: neighbour.username }, '', 'SELECT 1')).stderr).toContain(
    'Access denied',
  )
  expect((await as(machine, { ...shop, password: '' }, '', 'SELECT 1')).stderr).toContain('Access denied')
  const processes = (await as(machine, shop, '', 'SHOW PROCESSLIST')).stdout
  expect(
    processes
      .trim()
      .split('\n')
      .every((line) => line.split('\t')[1] === 'sh_p'),
  ).toBe(true)
})

it('each grant allows what it says and no more', async () => {
  const read = await addUser(panel, 'sh_p', 'reader', 'read')
  const write = await addUser(panel, 'sh_p', 'writer', 'write')
  const may = async (who: Connection, statement: string) => (await as(machine, who, 'sh_p', statement)).code === 0
  expect([
    await may(read, 'SELECT * FROM goods'),
    await may(read, "INSERT INTO goods VALUES (9, 'x')"),
    await may(read, 'DROP TABLE goods'),
  ]).toEqual([true, false, false])
  expect([
    await may(write, "INSERT INTO goods VALUES (9, 'x')"),
    await may(write, 'DELETE FROM goods WHERE id = 9'),
    await may(write, 'DROP TABLE goods'),
    await may(write, 'CREATE TABLE t (a INT)'),
  ]).toEqual([true, true, false, false])
  expect((await panel.patch('/databases/sh_p/users/reader', { grant: 'write' })).body).toMatchObject({ grant: 'write' })
  expect(await may(read, 'DELETE FROM goods WHERE id = 9')).toBe(true)
  expect((await panel.get('/drift')).body.changes).toEqual([])
})

it('a new password ends the old one and the connections that knew it; a removed user is gone', async () => {
  const before = await addUser(panel, 'sh_p', 'rotated', 'read')
  const waiting = as(machine, before, 'sh_p', 'SELECT SLEEP(30)')
  await expect
    .poll(async () => (await panel.get('/databases/sh_p/queries')).body, { timeout: 90_000 })
    .toMatchObject([{ username: 'rotated', sql: 'SELECT SLEEP(30)' }])
  const { body } = await panel.patch('/databases/sh_p/users/rotated', { rotatePassword: true })
  expect((await waiting).code).not.toBe(0)
  expect((await as(machine, before, 'sh_p', 'SELECT 1')).stderr).toContain('Access denied')
  expect((await as(machine, body.connection as Connection, 'sh_p', 'SELECT 1')).code).toBe(0)
  expect((await panel.delete('/databases/sh_p/users/rotated')).status).toBe(204)
  expect((await as(machine, body.connection as Connection, 'sh_p', 'SELECT 1')).stderr).toContain('Access denied')
})

it('a statement that runs too long is ended, and only in its own database', async () => {
  const waiting = as(machine, neighbour, 'shop', 'SELECT SLEEP(30)')
  await expect
    .poll(async () => ((await panel.get('/databases/shop/queries')).body as unknown[]).length, { timeout: 90_000 })
    .toBe(1)
  const [{ id }] = (await panel.get('/databases/shop/queries')).body as [{ id: number }]
  expect((await panel.delete(`/databases/sh_p/queries/${id}`)).status).toBe(404)
  expect((await panel.delete(`/databases/shop/queries/${id}`)).status).toBe(204)
  await waiting
  expect((await panel.get('/databases/shop/queries')).body).toEqual([])
})

it('drift: what somebody changed by hand is shown and put back, what the panel did not make is let be', async () => {
  await sql(
    machine,
    'mysql',
    'DROP USER reader@localhost; GRANT ALL ON *.* TO writer@localhost; CREATE DATABASE foreign_one; CREATE ' +
      "USER foreign_one@localhost IDENTIFIED BY 'x'",
  )
  const { changes } = (await panel.get('/drift')).body as { changes: { action: string; kind: string; name: string }[] }
  expect(changes).toMatchObject([
    { action: 'create', kind: 'login', name: 'reader' },
    { action: 'update', kind: 'login', name: 'writer' },
  ])
  expect((await ended(panel, 'POST', '/drift')).state).toBe('done')
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect(
    await sql(
      machine,
      'mysql',
      "SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = \"'writer'@'localhost'\" AND " +
        "PRIVILEGE_TYPE <> 'USAGE'",
    ),
  ).toBe('0')
  expect(await panel.post('/databases', { name: 'foreign_one' })).toMatchObject({
    status: 409,
    body: { code: 'database_exists' },
  })
  expect(await panel.post('/databases', { name: 'other_one', user: 'foreign_one' })).toMatchObject({
    status: 409,
    body: { code: 'username_taken' },
  })
  expect((await panel.get('/databases/other_one')).status).toBe(404)
  expect(
    await sql(machine, 'mysql', "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'other_one'"),
  ).toBe('0')
  await sql(machine, 'mysql', 'DROP DATABASE foreign_one; DROP USER foreign_one@localhost')
})
