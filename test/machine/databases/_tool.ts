import { expect } from 'vitest'
import { administrator, api, client, request, type Response } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output } from '../sites/_helpers.ts'

/** Statements as MariaDB's root. */
export async function asRoot(machine: Machine, ...statements: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(['mariadb', '--batch', '--skip-column-names'], {
    input: `${statements.join(';\n')};\n`,
  })
  expect(code, stderr).toBe(0)
  return stdout.trim()
}

/** A new database of the panel's. */
export async function makeDatabase(machine: Machine, name: string): Promise<void> {
  await dropDatabase(machine, name)
  const { status, body } = await (await api(machine)).post('/databases', { name })
  expect(status, JSON.stringify(body)).toBe(201)
}

export async function dropDatabase(machine: Machine, name: string): Promise<void> {
  await (await api(machine)).delete(`/databases/${name}?dump=false`, { prefer: 'wait=60' })
}

/** Makes the databases `tool_shop`, with orders, and `tool_other`, with a secret; answers how they are removed. */
export async function makeShop(machine: Machine): Promise<() => Promise<void>> {
  for (const name of ['tool_shop', 'tool_other']) await makeDatabase(machine, name)
  await asRoot(
    machine,
    'USE tool_shop',
    'CREATE TABLE orders (id INT PRIMARY KEY, note TEXT)',
    "INSERT INTO orders VALUES (1, 'a red bicycle')",
  )
  await asRoot(
    machine,
    'USE tool_other',
    'CREATE TABLE secrets (word TEXT)',
    "INSERT INTO secrets VALUES ('canary-of-another')",
  )
  return async () => {
    for (const name of ['tool_shop', 'tool_other']) await dropDatabase(machine, name)
  }
}

/** A session of its own; answers its cookie. */
export async function newSession(machine: Machine): Promise<string> {
  const { status, headers } = await client(machine).post('/session', administrator)
  expect(status).toBe(200)
  return cookieOf(headers['set-cookie'])
}

const cookieOf = (values: string[] | undefined): string =>
  values!.find((value) => value.startsWith('__Host-'))!.split(';')[0]!

export const toolUrl = ({ address }: Machine): string => `https://${address}:8081`

/** The tool as a browser has it open. */
export interface Tool {
  cookie: string
  get: (query: string, headers?: Record<string, string>) => Promise<Response>
  /** Sends a form, with the token that belongs to it. */
  post: (query: string, fields: Record<string, string>) => Promise<Response>
}

export async function linkTo(machine: Machine, cookie: string, database: string): Promise<string> {
  const { status, body } = await client(machine, cookie).post(`/databases/${database}/sign-on`)
  expect([status, body.url], JSON.stringify(body)).toEqual([
    200,
    expect.stringMatching(new RegExp(`^${toolUrl(machine)}/open/[\\w-]{43}$`)),
  ])
  return body.url as string
}

export async function openTool(machine: Machine, session: string, database: string): Promise<Tool> {
  const { status, headers } = await request(await linkTo(machine, session, database), { headers: { cookie: session } })
  expect([status, headers.location]).toEqual([302, `/?db=${database}`])
  return toolWith(machine, `${session.split('; ')[0]}; ${cookieOf(headers['set-cookie'])}`)
}

export function toolWith(machine: Machine, cookie: string): Tool {
  const get: Tool['get'] = (query, headers) =>
    request(`${toolUrl(machine)}/${query}`, { headers: { cookie, ...headers } })
  const post: Tool['post'] = async (query, fields) => {
    const token = /name='token' value='([\d:]+)'/.exec((await get(query)).body)?.[1] ?? ''
    return request(`${toolUrl(machine)}/${query}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, token }).toString(),
    })
  }
  return { cookie, get, post }
}

/** Runs SQL as people do, and answers the page without its tags. */
export async function runSql(tool: Tool, database: string, query: string): Promise<string> {
  const { status, body } = await tool.post(`?db=${database}&sql=`, { query })
  expect(status).toBe(200)
  return body
    .replaceAll(/<script.*?<\/script>|<[^>]+>/gs, ' ')
    .replaceAll('&#039;', "'")
    .replaceAll(/\s+/g, ' ')
}

const index = '/usr/share/hosting-panel/current/adminer/index.php'

/** Answers what PHP code says in Adminer's place, by the same way and with the same rights. */
export async function insteadOfAdminer(
  machine: Machine,
  tool: Tool,
  php: string,
  headers?: Record<string, string>,
): Promise<string> {
  const file = await output(machine, 'readlink', '-f', index)
  await output(machine, 'cp', '-p', file, '/root/adminer-index.php')
  try {
    await machine.sh(['sh', '-c', 'cat > "$0"', file], { input: `<?php\n${php}\n` })
    await output(machine, 'systemctl', 'stop', 'hosting-panel-php@hosting-panel-adminer.service')
    return (await tool.get('', headers)).body
  } finally {
    await output(machine, 'cp', '-p', '/root/adminer-index.php', file)
    await output(machine, 'systemctl', 'stop', 'hosting-panel-php@hosting-panel-adminer.service')
  }
}
