import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { administrator, api, client, panelUrl, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { directory } from '../machine/_state.ts'
import { useMachine } from '../machine/use-machine.ts'

export interface Schema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  pattern?: string
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
  minItems?: number
  additionalProperties?: boolean | Schema
}

export interface Operation {
  /** `POST /api/sites`. */
  name: string
  method: string
  path: string
  open: boolean
  mutates: boolean
  stream: boolean
  scope: string | null
  parameters: { name: string; in: 'path' | 'query'; schema: Schema }[]
  body: Schema | null
  /** The content types of a file it takes; null: it takes none. */
  uploads: string[] | null
  /** Schemas of good answers: by status, then by content type. */
  answers: Record<string, Record<string, { schema: object }> | undefined>
}

export interface Target {
  machine: Machine
  /** The administrator every test has. */
  panel: Api
  operations: Operation[]
}

/** The machine under attack, and every operation it has, by its own OpenAPI: a new function is attacked by itself. */
export async function target(): Promise<Target> {
  const machine = await useMachine()
  const panel = await api(machine)
  const { paths } = (await panel.get('/openapi.json')).body as { paths: Record<string, Record<string, never>> }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, declared]) => toOperation(path, method, declared)),
  )
  expect(operations.length).toBeGreaterThan(40)
  return { machine, panel, operations }
}

interface Declared {
  security: unknown[]
  'x-scope'?: string
  parameters: Operation['parameters']
  /** Body of an operation; an upload has none. */
  requestBody?: { content: { 'application/json'?: { schema: Schema } } }
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}

const toOperation = (
  path: string,
  method: string,
  { security, 'x-scope': scope, parameters, requestBody, responses }: Declared,
): Operation => ({
  name: `${method.toUpperCase()} ${path}`,
  method: method.toUpperCase(),
  path,
  open: security.length === 0,
  mutates: method !== 'get',
  stream: 'text/event-stream' in (responses[200]?.content ?? {}),
  scope: scope ?? null,
  parameters: parameters.filter(({ name }) => name !== 'plan'),
  body: requestBody?.content['application/json']?.schema ?? null,
  uploads: requestBody && !requestBody.content['application/json'] ? Object.keys(requestBody.content) : null,
  answers: Object.fromEntries(Object.entries(responses).map(([status, { content }]) => [status, content])),
})

/** Signs somebody in over a new session; the calls are theirs. */
export async function signInAs(
  machine: Machine,
  username: string,
  password: string,
): Promise<Api & { cookie: string }> {
  const { status, headers, body } = await client(machine).post('/session', { username, password })
  if (status !== 200) throw new Error(`${username} cannot sign in: ${JSON.stringify(body)}`)
  const cookie = headers['set-cookie']!.find((value) => value.startsWith('__Host-'))!.split(';')[0]!
  return { ...client(machine, cookie), cookie }
}

/** Earlier attacks have used this host's tries up. */
export const deleteCounters = (machine: Machine): Promise<string> =>
  node(
    machine,
    "require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db')" +
      ".prepare('DELETE FROM counters').run()",
  )

/** Adds somebody and signs them in. Removed by whoever asked. */
export async function newUser({ machine, panel }: Target, username: string, role: 'admin' | 'user' = 'user') {
  const password = 'a password for an attack'
  await panel.delete(`/users/${username}`)
  expect((await panel.post('/users', { username, password, role })).status).toBe(201)
  await deleteCounters(machine)
  return signInAs(machine, username, password)
}

/** One call by its operation. */
export const call = (
  as: Api,
  { method, path }: Pick<Operation, 'method' | 'path'>,
  body?: unknown,
  headers?: Record<string, string>,
) => {
  const rest = path.replace(/^\/api/, '')
  if (method === 'GET') return as.get(rest, headers)
  if (method === 'DELETE' && body === undefined) return as.delete(rest, headers)
  return as.send(method, rest, body, headers)
}

/** Runs Node inside, with the panel's own libraries; prints what the script prints. */
export const node = (machine: Machine, script: string, ...args: string[]): Promise<string> =>
  output(
    machine,
    '/opt/hosting-panel/current/node_modules/.bin/node',
    '--input-type=commonjs',
    '-e',
    script,
    '--',
    ...args,
  )

const counting = `
const path = '/opt/hosting-panel/data/panel.db'
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')(path, { readonly: true })
const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all()
const spared = new Set(process.argv.slice(1))
const count = (name) => db.prepare('SELECT count(*) AS n FROM ' + name).get().n
for (const { name } of tables) if (!spared.has(name)) console.log(name, count(name))
`

/**
 * Reads what attacks must not change: rows, accounts, configuration, sites, rules, what runs, MariaDB’s databases and
 * accounts, and dumps. PHP comes and goes by itself. The record and limits do change: that is their work.
 */
export async function sideEffects(machine: Machine): Promise<string> {
  const rows = await node(
    machine,
    counting,
    'audit',
    'audit_chain',
    'counters',
    'kv',
    'job_events',
    'jobs',
    'site_usage',
    'database_usage',
  )
  const files = await output(
    machine,
    'sh',
    '-c',
    `
    cd / && sha256sum etc/passwd etc/group etc/shadow etc/sudoers etc/crontab etc/hosting-panel/local-token \\
      etc/hosting-panel/proxy-secret
    find etc/nginx etc/php etc/hosting-panel etc/systemd/system etc/cron.d etc/ufw etc/sudoers.d \\
      opt/hosting-panel/current/ -not -path '*/node_modules/*' -type f -exec sha256sum {} + | sort
    ls -la var/www tmp/pwned* pwned* root/pwned* home 2>/dev/null | grep -v '^total'
    stat -c '%a %U %n' etc etc/passwd etc/shadow var/www opt/hosting-panel opt/hosting-panel/data`,
  )
  const comeAndGo = [
    'hosting-panel-agent',
    'hosting-panel-supervisor.service',
    'hosting-panel-php(-shared)?@.+[.]service',
    'hosting-panel-hook',
    'run-',
    'systemd-',
    'user',
  ]
  const services = await output(
    machine,
    'sh',
    '-c',
    "systemctl list-units --type=service,socket --state=active --plain --no-legend | awk '{print $1}' | " +
      `grep -Ev '^(${comeAndGo.join('|')})' | sort`,
  )
  const databases = await output(
    machine,
    'sh',
    '-c',
    `
    mariadb --batch --skip-column-names -e "
      SELECT user, host, priv FROM mysql.global_priv WHERE user <> 'hosting-panel-dump' ORDER BY 1, 2;
      SELECT * FROM mysql.db ORDER BY 1, 2, 3; SHOW DATABASES"
    find /var/lib/hosting-panel-dumps /opt/hosting-panel/data/uploads /var/lib/hosting-panel/imports \\
      /run/hosting-panel/pipes -type f -o -type p 2>/dev/null | sort`,
  )
  return `${rows}\n${files}\n${services}\n${databases}`
}

/** Files that a command which was smuggled in would have left. */
export const pwned = (machine: Machine): Promise<string> =>
  output(
    machine,
    'sh',
    '-c',
    "find / /tmp /run /dev/shm -xdev -name 'pwned*' 2>/dev/null | sort -u; rm -f /tmp/pwned* /pwned* /root/pwned*",
  )

/** Commands in every shell's and config's way of being smuggled in, each leaving a file. */
export const commands = (mark: string): string[] => [
  `$(touch /tmp/pwned-${mark}1)`,
  `\`touch /tmp/pwned-${mark}2\``,
  `;touch /tmp/pwned-${mark}3`,
  `|touch /tmp/pwned-${mark}4;`,
  `&&touch /tmp/pwned-${mark}5`,
  `\ntouch /tmp/pwned-${mark}6\n`,
  `'; touch /tmp/pwned-${mark}7 #`,
  `";touch /tmp/pwned-${mark}8 #`,
  '-rf',
  '--help',
  '--',
  `../../../../tmp/pwned-${mark}9`,
  `x\u0000y`,
  `%0atouch%20/tmp/pwned-${mark}`,
  '${IFS}',
  '{{7*7}}',
]

/** A value that a schema takes, as small as it can be. */
export function sample(schema: Schema, name = ''): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return sample(schema.anyOf[0]!, name)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object')
    return Object.fromEntries((schema.required ?? []).map((key) => [key, sample(schema.properties?.[key] ?? {}, key)]))
  if (type === 'array') return schema.items ? [sample(schema.items, name)] : []
  if (type === 'number' || type === 'integer') return 1
  if (type === 'boolean') return false
  return known[name] ?? 'sample'
}

const known: Record<string, string> = {
  site: 'attacked.test',
  domain: 'attacked.test',
  username: 'nobody',
  user: 'nobody',
  password: 'a password for an attack',
  address: '198.51.100.9',
  job: '00000000-0000-4000-8000-000000000000',
  rule: '00000000-0000-4000-8000-000000000000',
  token: '00000000-0000-4000-8000-000000000000',
  session: '0123456789abcdef',
  db: 'attacked',
  database: 'attacked',
  dump: 'd'.repeat(32),
  query: '7',
}

/** Every place in a schema where a string goes, as a way to put one there. */
export function strings(schema: Schema, name = ''): ((value: string) => unknown)[] {
  if (schema.anyOf) return schema.anyOf.flatMap((one) => strings(one, name))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'string' || schema.enum) return [(value) => value]
  if (type === 'array' && schema.items) return strings(schema.items, name).map((put) => (value: string) => [put(value)])
  if (type !== 'object') return []
  const base = sample(schema, name) as object
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    strings(inner, key).map((put) => (value: string) => ({ ...base, [key]: put(value) })),
  )
}

/** A path with its parameters filled in. */
export const filled = (path: string, values: Record<string, string>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? String(sample({ type: 'string' }, name))),
  )

/** The session that the machine's tests share, as it is in its file. */
export const sharedCookie = (machine: Machine): string => readFileSync(join(directory(machine.name), 'session'), 'utf8')

export { administrator, client, output, panelUrl }
