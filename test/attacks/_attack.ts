import { afterAll, expect } from 'vitest'
import { administrator, api, client, panelUrl, sharedCookie, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { useMachine } from '../machine/use-machine.ts'
import type { Schema } from './_schema.ts'

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

let attacked: Machine | null = null
// Whatever an attack did to find passwords, this host may sign in to the machine again in the next file.
afterAll(async () => {
  if (attacked) await deleteCounters(attacked)
})

/** The machine under attack, and every operation it has, by its own OpenAPI: a new function is attacked by itself. */
export async function target(): Promise<Target> {
  const machine = await useMachine()
  attacked = machine
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

export { administrator, client, output, panelUrl, sharedCookie }
