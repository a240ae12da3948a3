import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output } from '../sites/_helpers.ts'

export interface Connection {
  host: string
  port: number
  socket: string
  database: string
  username: string
  password: string
  url: string
}

/** Creates a database with a user of the same name, and answers how that one connects. */
export async function createDatabase(
  panel: Api,
  name: string,
  more: Record<string, unknown> = {},
): Promise<Connection> {
  const { status, body } = await panel.post('/databases', { name, user: name, ...more })
  expect(status, JSON.stringify(body)).toBe(201)
  return (body as { users: { connection: Connection }[] }).users[0]!.connection
}

/** Adds a user to a database, and answers how that one connects. */
export async function addUser(
  panel: Api,
  database: string,
  username: string,
  grant: 'read' | 'write' | 'all',
): Promise<Connection> {
  const { status, body } = await panel.post(`/databases/${database}/users`, { username, grant })
  expect(status, JSON.stringify(body)).toBe(201)
  return (body as { connection: Connection }).connection
}

export interface Job {
  id: string
  state: string
  percent: number
  steps: { name: string; state: string }[]
  result: Record<string, unknown> | null
  error: { code: string; message: string } | null
}

/** Asks for long work and answers its job once that has ended. */
export async function ended(panel: Api, method: string, path: string, body?: unknown): Promise<Job> {
  const answer = await panel.send(method, path, body, { prefer: 'wait=120' })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as Job
}

/** Sends a dump, and answers its job once that has ended. */
export const importDump = (panel: Api, database: string, dump: Buffer | string): Promise<Job> =>
  ended(panel, 'POST', `/databases/${database}/import`, Buffer.from(dump))

export const removeDatabase = (panel: Api, database: string): Promise<Job> =>
  ended(panel, 'DELETE', `/databases/${database}?dump=false`)

/** Answer of MariaDB to root: lines of tab-separated values. */
export const sql = (machine: Machine, database: string, statement: string): Promise<string> =>
  output(machine, 'mariadb', '--batch', '--skip-column-names', database, '-e', statement)

/** The same for somebody else, with whatever is refused. */
export async function as(
  machine: Machine,
  { username, password }: Connection,
  database: string,
  statement: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = [
    'mariadb',
    '--batch',
    '--skip-column-names',
    '-h',
    '127.0.0.1',
    '-u',
    username,
    ...(database ? [database] : []),
    '-e',
    statement,
  ]
  return machine.sh(['env', `MYSQL_PWD=${password}`, ...argv])
}

/** Everything in a database, as its dump says it but for dates. */
export async function contents(machine: Machine, database: string): Promise<string> {
  const { code, stdout, stderr } = await machine.sh([
    'mariadb-dump',
    '--routines',
    '--events',
    '--skip-comments',
    '--skip-dump-date',
    database,
  ])
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** Starts long work and does not wait for it. */
export async function begun(panel: Api, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await panel.send(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return (answer.body as { job: string }).job
}

/** A job once it has ended, whatever becomes of the panel meanwhile. */
export async function outcome(panel: Api, id: string): Promise<Job> {
  for (let look = 0; look < 600; look++) {
    const { status, body } = await panel.get(`/jobs/${id}`)
    if (status === 200 && (body as Job).state !== 'running') return body as Job
    await sleep(200)
  }
  throw new Error(`the job ${id} does not end`)
}

/** Leftovers of dumps on their way: none. */
export const leftovers = (machine: Machine): Promise<string> =>
  output(
    machine,
    'sh',
    '-c',
    'ls -A /var/lib/hosting-panel/imports /opt/hosting-panel/data/uploads /run/hosting-panel/pipes 2>/dev/null ' +
      '| grep -v : ; ls -A /var/lib/hosting-panel-dumps | grep "^\\." ; ls /run/hosting-panel | grep import- ; ' +
      'pgrep -u hosting-panel-import; pgrep -u hosting-panel-dump',
  )

/** Waits until store and server agree. */
export const agrees = (panel: Api): Promise<void> =>
  expect.poll(async () => (await panel.get('/drift').catch(() => null))?.body.changes, { timeout: 180_000 }).toEqual([])

/** Whether MariaDB has this database. */
export const isDatabase = async (machine: Machine, name: string): Promise<boolean> =>
  (await sql(machine, 'mysql', `SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '${name}'`)) ===
  '1'

/** How many accounts of this name MariaDB has. */
export const accountsOf = (machine: Machine, name: string): Promise<string> =>
  sql(machine, 'mysql', `SELECT COUNT(*) FROM mysql.global_priv WHERE User = '${name}'`)
