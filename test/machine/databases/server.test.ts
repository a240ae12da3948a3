import { beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { ended, sql } from './_helpers.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

it('MariaDB answers this machine alone, root by the socket, with the memory it should have', async () => {
  expect(await output(machine, 'sh', '-c', "ss -ltnH 'sport = :3306' | awk '{ print $4 }'")).toBe('127.0.0.1:3306')
  expect(
    await sql(
      machine,
      'mysql',
      'SELECT @@local_infile, @@max_connections, @@performance_schema, @@innodb_buffer_pool_size >= 128 * 1024 * 1024',
    ),
  ).toMatch(/^0\t\d+\t0\t1$/)
  expect(
    (
      await machine.sh([
        'setpriv',
        '--reuid=www-data',
        '--regid=www-data',
        '--clear-groups',
        'mariadb',
        '-u',
        'root',
        '-e',
        'SELECT 1',
      ])
    ).stderr,
  ).toContain('Access denied')
  expect((await panel.get('/health')).body.services).toContainEqual({ name: 'mariadb', state: 'running' })
})

it('settings changed by hand are put back with one restart; settings MariaDB refuses leave the old ones', async () => {
  const file = '/etc/mysql/mariadb.conf.d/90-hosting-panel.cnf'
  const pid = () => output(machine, 'systemctl', 'show', '-P', 'MainPID', 'mariadb')
  const before = await pid()
  await output(machine, 'sed', '-i', 's/^max_connections = .*/max_connections = 7/', file)
  expect((await panel.get('/drift')).body.changes).toMatchObject([
    { action: 'update', name: file, diff: expect.stringContaining('-max_connections = 7') },
  ])
  expect((await ended(panel, 'POST', '/drift')).state).toBe('done')
  const restarted = await pid()
  expect(restarted).not.toBe(before)
  expect((await panel.get('/drift')).body.changes).toEqual([])
  await output(machine, 'sed', '-i', 's/^max_connections = .*/max_connections = 7/', file)
  await writeFile(machine, '/etc/mysql/mariadb.conf.d/99-broken.cnf', '[mysqld]\nno_such_setting = 1\n')
  expect((await ended(panel, 'POST', '/drift')).error).toMatchObject({
    code: 'mariadb_check_failed',
    message: expect.stringContaining('no_such_setting'),
  })
  expect(await output(machine, 'cat', file)).toContain('max_connections = 7')
  expect([await sql(machine, 'mysql', 'SELECT 1'), await pid()]).toEqual(['1', restarted])
  await output(machine, 'rm', '/etc/mysql/mariadb.conf.d/99-broken.cnf')
  expect((await ended(panel, 'POST', '/drift')).state).toBe('done')
})
