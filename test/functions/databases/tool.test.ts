import { afterEach, expect, it, vi } from 'vitest'
import { mountAdminer } from '../../../lib/panel/adminer/route.ts'
import { beginDatabase, giveDatabase, settleDatabase } from '../../../lib/panel/store/databases.ts'
import { findUser } from '../../../lib/panel/store/users.ts'
import { refuse, withAgent } from '../_agent.ts'
import { administrator, openPanel, origin, type Panel } from '../_harness.ts'
import { newUser } from '../_users.ts'

const account = { username: 'hosting-panel-db-0123456789ab', password: 'derived' }
const MINUTE = 60_000

afterEach(() => void vi.useRealTimers())

/** Puts a settled database into the store. */
function putDatabase({ ctx }: Panel, name: string, owner: string | null = null): void {
  beginDatabase(
    ctx.db,
    { spec: { name, charset: 'utf8mb4', full: false, users: [] }, site: null, owner, now: '2026-11-27T00:00:00.000Z' },
    null,
    null,
  )
  settleDatabase(ctx.db, name)
}

/** A panel with nginx before it, an agent that knows every database's account, and a clock. */
async function openTool() {
  const panel = await openPanel()
  const agent = withAgent(panel.ctx, { 'databases.account': () => account })
  mountAdminer(panel.app, panel.ctx, (event) => event.req.headers.get('x-test-nginx') === 'yes')
  await panel.signIn()
  for (const name of ['shop', 'blog']) putDatabase(panel, name)
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  const nginx = (path: string, cookie: string, headers: Record<string, string> = {}) =>
    panel.app.fetch(new Request(`${origin}${path}`, { headers: { 'x-test-nginx': 'yes', cookie, ...headers } }))
  return { ...panel, agent, nginx }
}

const operation = 'POST /api/databases/{db}/sign-on'
const path = (database: string) => `/api/databases/${database}/sign-on`
const cookieOf = (headers: Headers) => headers.get('set-cookie')!.split(';')[0]!
const session = async ({ call }: Panel) =>
  cookieOf(
    (await call('POST /api/session', { body: administrator, headers: { cookie: '' }, address: '192.0.2.50' })).headers,
  )

/** Asks for a link and answers the ticket in it. */
async function ticketFor({ call }: Panel, cookie: string, database = 'shop'): Promise<string> {
  const { status, body } = await call(operation, { path: path(database), headers: { cookie } })
  expect([status, body.url]).toEqual([200, expect.stringMatching(/^https:\/\/panel\.test:8081\/open\/[\w-]{43}$/)])
  return body.url.slice(body.url.lastIndexOf('/') + 1) as string
}

type Tool = Awaited<ReturnType<typeof openTool>>
const open = (tool: Tool, ticket: string, cookie: string) => tool.nginx(`/tool/open/${ticket}`, cookie)
const use = (tool: Tool, cookie: string, database = '') =>
  tool.nginx('/tool/session', cookie, { 'x-hosting-panel-database': database })

/** Signs on all the way; answers both cookies. */
async function enter(tool: Tool, cookie: string, database = 'shop'): Promise<string> {
  return (
    `${cookie.split('; ')[0]}; ` +
    `${cookieOf((await open(tool, await ticketFor(tool, cookie, database), cookie)).headers)}`
  )
}

it('a link opens the database once, and each request after it is told the account', async () => {
  const tool = await openTool()
  const cookie = await session(tool)
  const ticket = await ticketFor(tool, cookie)
  expect(tool.agent.calls).toEqual([['databases.account', { name: 'shop' }]])
  const opened = await open(tool, ticket, cookie)
  expect([opened.status, opened.headers.get('location')]).toEqual([302, '/?db=shop'])
  expect(opened.headers.get('set-cookie')).toMatch(
    /^__Host-hosting-panel-database=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  )
  const both = `${cookie}; ${cookieOf(opened.headers)}`
  const used = await use(tool, both, 'shop')
  expect(used.status).toBe(204)
  expect(Object.fromEntries([...used.headers].filter(([name]) => name.startsWith('x-')))).toEqual({
    'x-hosting-panel-database': 'shop',
    'x-hosting-panel-username': account.username,
    'x-hosting-panel-password': account.password,
    'x-hosting-panel-session': expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect((await open(tool, ticket, cookie)).status, 'a second time').toBe(410)
  expect((await use(tool, both, 'other')).status, 'a database that was not opened').toBe(401)
})

it('a link lasts a minute, and is of the session that asked for it', async () => {
  const tool = await openTool()
  const [cookie, other] = [await session(tool), await session(tool)]
  const [late, ticket] = [await ticketFor(tool, cookie), await ticketFor(tool, cookie)]
  expect((await open(tool, ticket, other)).status).toBe(410)
  expect((await open(tool, ticket, '')).status).toBe(410)
  expect((await open(tool, 'x'.repeat(43), cookie)).status).toBe(410)
  vi.advanceTimersByTime(MINUTE - 1000)
  expect((await open(tool, ticket, cookie)).status, 'those who may not have not used it up').toBe(302)
  vi.advanceTimersByTime(1000)
  expect((await open(tool, late, cookie)).status).toBe(410)
})

it('nobody but nginx is answered', async () => {
  const tool = await openTool()
  const both = await enter(tool, await session(tool))
  expect((await tool.nginx('/tool/session', both, { 'x-test-nginx': '' })).status).toBe(404)
})

it('several databases are open beside each other; a request without a name is for the last', async () => {
  const tool = await openTool()
  const first = await enter(tool, await session(tool))
  const second = cookieOf((await open(tool, await ticketFor(tool, first, 'blog'), first)).headers)
  expect(first).toContain(second)
  const names = await Promise.all(
    ['shop', 'blog', ''].map(async (name) => (await use(tool, first, name)).headers.get('x-hosting-panel-database')),
  )
  expect(names).toEqual(['shop', 'blog', 'blog'])
})

it('it ends with the panel’s session, after half an hour, and when it is closed', async () => {
  const tool = await openTool()
  const status = async (cookies: string) => (await use(tool, cookies, 'shop')).status
  const [signedOut, idle, closed] = [
    await enter(tool, await session(tool)),
    await enter(tool, await session(tool)),
    await enter(tool, await session(tool)),
  ]
  expect((await tool.call('DELETE /api/session', { headers: { cookie: signedOut } })).status).toBe(204)
  expect((await tool.nginx('/tool/close', closed)).status).toBe(401)
  expect(await Promise.all([signedOut, closed, idle].map(status))).toEqual([401, 401, 204])
  const mixed = `${await session(tool)}; ${idle.split('; ')[1]!}`
  expect(await status(mixed), 'with another session of the panel').toBe(401)
  vi.advanceTimersByTime(29 * MINUTE)
  expect(await status(idle)).toBe(204)
  vi.advanceTimersByTime(31 * MINUTE)
  expect(await status(idle)).toBe(401)
})

it('it ends when the person may no more', async () => {
  const tool = await openTool()
  const both = await enter(tool, await session(tool))
  expect(findUser(tool.ctx.db, 'admin')?.role).toBe('admin')
  tool.ctx.db.sqlite.prepare("UPDATE users SET role = 'user' WHERE username = 'admin'").run()
  expect((await use(tool, both, 'shop')).status).toBe(401)
})

it('a user opens their own, until it is given to somebody else or deleted', async () => {
  const tool = await openTool()
  const { cookie } = await newUser(tool, 'ada')
  for (const name of ['diary', 'notes']) putDatabase(tool, name, 'ada')
  const both = await enter(tool, cookie, 'diary')
  await enter(tool, both, 'notes')
  expect((await use(tool, both, 'diary')).status).toBe(204)
  giveDatabase(tool.ctx.db, 'diary', null, null)
  tool.ctx.db.sqlite.prepare("DELETE FROM databases WHERE name = 'notes'").run()
  expect([(await use(tool, both, 'diary')).status, (await use(tool, both, 'notes')).status]).toEqual([401, 401])
})

it('a foreign database, a token, another origin and a name that is none are refused', async () => {
  const tool = await openTool()
  const cookie = await session(tool)
  const code = async (headers: Record<string, string>, database = 'shop') => {
    const { status, body } = await tool.call(operation, { path: path(database), headers })
    return [status, body.code]
  }
  expect(await code({ cookie: '' })).toEqual([401, 'not_signed_in'])
  expect(await code(await newUser(tool, 'ada'))).toEqual([404, 'database_not_found'])
  expect(await code({ cookie }, 'nowhere')).toEqual([404, 'database_not_found'])
  expect(await code({ cookie, origin: 'https://panel.test:8081' })).toEqual([403, 'foreign_origin'])
  expect(await code({ cookie, origin: 'https://evil.test' })).toEqual([403, 'foreign_origin'])
  expect(await code({ cookie }, 'mysql')).toEqual([422, 'invalid_input'])
  const { body } = await tool.call('POST /api/tokens', { body: { name: 'script', scopes: ['databases:write'] } })
  expect(await code({ cookie: '', authorization: `Bearer ${body.secret}` })).toEqual([403, 'session_needed'])
  expect(tool.agent.calls).toEqual([])
})

it('where there is no Adminer, the panel says so', async () => {
  const tool = await openTool()
  tool.agent.answers['databases.account'] = refuse('tool_missing')
  const { status, body } = await tool.call(operation, { path: path('shop'), headers: { cookie: await session(tool) } })
  expect([status, body.code]).toEqual([503, 'tool_missing'])
})
