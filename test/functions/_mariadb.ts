import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { DatabaseSpec } from '../../lib/model/databases/schema.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { withAgent, type Answers, type FakeAgent } from './_agent.ts'
import { openPanel, type Answer, type Panel } from './_harness.ts'

export interface Mariadb extends FakeAgent {
  /** Content of MariaDB. */
  databases: Map<string, DatabaseSpec>
}

const looks = ['databases.usage', 'databases.tables', 'databases.queries', 'health', 'sites.usage'] as const

/** An agent with a MariaDB behind it. */
export function withMariadb(ctx: Context, answers?: Answers): Mariadb {
  const databases = new Map<string, DatabaseSpec>()
  const usual: Answers = {
    'databases.plan': ({ database: { name, charset } }) => ({
      changes: [{ action: databases.has(name) ? 'update' : 'create', kind: 'database', name, summary: charset }],
    }),
    'databases.apply': ({ database }) => {
      databases.set(database.name, database)
      return { changes: [] }
    },
    'databases.remove': ({ name, dump }) => ({ bytes: databases.delete(name) && dump ? 4242 : null }),
    'databases.tables': () => ({
      tables: [{ name: 'posts', kind: 'table', engine: 'InnoDB', rows: 7, bytes: 16_384 }],
    }),
    'databases.queries': () => ({
      queries: [{ id: 7, username: 'ann', seconds: 3, state: 'Sending data', sql: 'SELECT 1' }],
    }),
    'databases.endQuery': ({ id }) => ({ ended: id === 7 }),
    'databases.export': () => ({ bytes: 99 }),
    'databases.import': () => ({ copyBytes: 77, notes: [] }),
    'databases.cancel': () => ({ found: true }),
    health: () => ({
      services: [{ name: 'mariadb', state: 'running', problem: null }],
      failedPhp: [],
      systemd: true,
      recovered: null,
    }),
  }
  return Object.assign(withAgent(ctx, answers, { usual, looks }), { databases })
}

/** A signed-in panel with a MariaDB, and directories of its own. */
export async function panelWithMariadb(answers?: Answers) {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  const directories = {
    uploads: join(directory, 'uploads'),
    dumps: join(directory, 'dumps'),
    pipes: join(directory, 'pipes'),
  }
  for (const [name, path] of Object.entries(directories)) {
    mkdirSync(path)
    process.env[`HOSTING_PANEL_${name.toUpperCase()}`] = path
  }
  onTestFinished(() => {
    for (const name of Object.keys(directories)) delete process.env[`HOSTING_PANEL_${name.toUpperCase()}`]
    rmSync(directory, { recursive: true })
  })
  const panel = await openPanel()
  await panel.signIn()
  return {
    panel,
    ...panel,
    directories,
    uploads: () => readdirSync(directories.uploads),
    mariadb: withMariadb(panel.ctx, answers),
  }
}

type Options = Parameters<Panel['call']>[1]

/** Calls a function of one database; of long work it waits for the end. */
export const databaseOf =
  ({ call }: Panel, db: string) =>
  (method: string, below = '', { headers, ...options }: Options = {}): Promise<Answer> => {
    const route = below
      .replace(/\?.*/, '')
      .replace(/^(\/(?:users|queries))\/.+/, (_, kind: string) => `${kind}/{${kind === '/users' ? 'user' : 'query'}}`)
    return call(`${method} /api/databases/{db}${route}`, {
      path: `/api/databases/${encodeURIComponent(db)}${below}`,
      headers: { prefer: 'wait=20', ...headers },
      ...options,
    })
  }

/** Calls a function of one dump; of long work it waits for the end. */
export const dumpOf =
  ({ call }: Panel, id: string) =>
  (method: string, below = '', { headers, ...options }: Options = {}): Promise<Answer> =>
    call(`${method} /api/dumps/{dump}${below}`, {
      path: `/api/dumps/${id}${below}`,
      headers: { prefer: 'wait=20', ...headers },
      ...options,
    })

/** Creates databases as the administrator. */
export async function newDatabases({ call }: Panel, ...inputs: object[]): Promise<void> {
  for (const body of inputs)
    expect((await call('POST /api/databases', { body })).status, JSON.stringify(body)).toBe(201)
}

/** Everything the store has of databases. */
export const stored = ({ ctx }: Panel): Record<string, unknown[]> =>
  Object.fromEntries(
    ['databases', 'database_users', 'dumps', 'pending_changes'].map((table) => [
      table,
      ctx.db.sqlite.prepare(`SELECT * FROM ${table} ORDER BY 1`).all(),
    ]),
  )

/** Every value of the record of what was done, and of what is kept of jobs. */
export const recorded = ({ ctx }: Panel): string =>
  ['audit', 'jobs', 'job_events', 'kv', 'databases', 'database_users', 'dumps', 'pending_changes']
    .map((table) => JSON.stringify(ctx.db.sqlite.prepare(`SELECT * FROM ${table}`).all()))
    .join('\n')

/** A token's header. */
export async function tokenFor({ call }: Panel, scopes: string[], more: object = {}, headers?: Record<string, string>) {
  const { body } = await call('POST /api/tokens', { body: { name: 'T', scopes, ...more }, ...(headers && { headers }) })
  return { cookie: '', authorization: `Bearer ${(body as { secret: string }).secret}` }
}
