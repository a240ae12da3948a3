import { beforeAll, expect, it } from 'vitest'
import { api, client, request, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { useMachine } from '../use-machine.ts'
import { output } from '../sites/_helpers.ts'
import {
  asRoot,
  dropDatabase,
  linkTo,
  makeDatabase,
  makeShop,
  newSession,
  openTool,
  runSql,
  toolUrl,
  toolWith,
  type Tool,
} from './_tool.ts'

const service = 'hosting-panel-php@hosting-panel-adminer.service'

let machine: Machine
let panel: Api
let session: string
let tool: Tool
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  const removeShop = await makeShop(machine)
  session = await newSession(machine)
  tool = await openTool(machine, session, 'tool_shop')
  return removeShop
})

it('a link leads to the database’s tables, and works once', async () => {
  const link = await linkTo(machine, session, 'tool_shop')
  const stranger = await request(link)
  expect([stranger.status, stranger.body]).toEqual([410, expect.stringContaining('href="/panel"')])
  expect((await request(link, { headers: { cookie: tool.cookie } })).status).toBe(302)
  expect((await request(link, { headers: { cookie: tool.cookie } })).status).toBe(410)
  const { status, body, headers } = await tool.get('?db=tool_shop')
  expect(status).toBe(200)
  expect(body).toContain('orders')
  expect(body).not.toMatch(/adminer\.org\/version|type="password"|verifyVersion/)
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  expect(headers['set-cookie']).toBeUndefined()
  expect((await tool.get('?db=tool_shop&select=orders')).body).toContain('a red bicycle')
  expect((await tool.get('?file=default.css&version=4.8.1')).headers['content-type']).toContain('text/css')
  expect((await request(`${toolUrl(machine)}/panel`)).headers.location).toBe(
    `https://${machine.address}:8080/databases`,
  )
})

it('another database is not open, and both are once that one is', async () => {
  expect((await tool.get('?db=tool_other')).status).toBe(401)
  const both = await openTool(machine, tool.cookie, 'tool_other')
  expect((await both.get('?db=tool_other&select=secrets')).body).toContain('canary-of-another')
  expect((await both.get('?db=tool_shop')).body).toContain('orders')
  expect(await runSql(both, 'tool_shop', 'SELECT * FROM tool_other.secrets')).toContain('Error in query (1142)')
})

it(
  'who changes the account’s own password is shown the way back, and no form; it is the panel’s again at the ' +
    'next link',
  async () => {
    const own = await openTool(machine, session, 'tool_other')
    expect(await runSql(own, 'tool_other', "SET PASSWORD = PASSWORD('of my own')")).toContain('Query executed OK')
    const { status, body } = await own.get('?db=tool_other')
    expect([status, body]).toEqual([403, expect.stringContaining('href="/panel"')])
    expect(body).not.toContain('auth[')
    expect((await (await openTool(machine, session, 'tool_other')).get('?db=tool_other')).status).toBe(200)
  },
)

it('a database the panel does not know, or one that is gone, is not opened', async () => {
  await asRoot(machine, 'CREATE DATABASE IF NOT EXISTS tool_stray')
  expect((await panel.post('/databases/tool_stray/sign-on')).body.code).toBe('database_not_found')
  expect(await asRoot(machine, "SELECT COUNT(*) FROM mysql.db WHERE Db = 'tool_stray'")).toBe('0')
  await asRoot(machine, 'DROP DATABASE tool_stray')
  await makeDatabase(machine, 'tool_gone')
  const own = await openTool(machine, session, 'tool_gone')
  expect((await own.get('?db=tool_gone')).status).toBe(200)
  await dropDatabase(machine, 'tool_gone')
  expect((await own.get('?db=tool_gone')).status).toBe(401)
})

it('its master and its workers are its user’s, and sleep when idle until the next request', async () => {
  await tool.get('?db=tool_shop')
  const processes = await output(
    machine,
    'sh',
    '-c',
    "ps -eo user:32=,args= | grep '[p]hp-fpm:.*hosting-panel-adminer'",
  )
  const users = processes.split('\n').map((line) => line.split(' ')[0])
  // A worker that has just answered may not be free yet: the next request gets another.
  expect(users.length).toBeGreaterThanOrEqual(2)
  expect(new Set(users)).toEqual(new Set(['hosting-panel-adminer']))
  await machine.sh(['sh', '-c', 'touch -d "-20 minutes" /var/log/nginx/hosting-panel-tool.access.log'])
  await expect
    .poll(
      async () => {
        await output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')
        return (await machine.sh(['systemctl', 'is-active', service])).stdout.trim()
      },
      { timeout: 90_000, interval: 1000 },
    )
    .toBe('inactive')
  expect((await tool.get('?db=tool_shop')).body).toContain('orders')
})

it('it is part of what the server should be: drift shows it, and puts it back', async () => {
  await output(
    machine,
    'sed',
    '-i',
    's/open_basedir/;open_basedir/',
    '/etc/php/8.2/fpm/sites/hosting-panel-adminer.conf',
  )
  await output(machine, 'systemctl', 'stop', 'hosting-panel-php@hosting-panel-adminer.socket')
  const changes = (await panel.get('/drift')).body.changes as { name: string }[]
  expect(changes.map(({ name }) => name)).toEqual([
    '/etc/php/8.2/fpm/sites/hosting-panel-adminer.conf',
    'hosting-panel-php@hosting-panel-adminer.socket',
  ])
  const down = await tool.get('?db=tool_shop')
  expect([down.status, down.body]).toEqual([503, expect.stringContaining('not answering right now')])
  expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect((await tool.get('?db=tool_shop')).body).toContain('orders')
})

it('without Adminer nginx goes on, and the panel says what is missing', async () => {
  await output(machine, 'mv', '/usr/share/adminer/adminer.php', '/root/adminer.php')
  try {
    expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
    expect((await panel.post('/databases/tool_shop/sign-on')).body.code).toBe('tool_missing')
    expect((await tool.get('?db=tool_shop')).status).toBe(503)
    expect(
      await output(machine, 'sh', '-c', 'ls /etc/php/*/fpm/sites/hosting-panel-adminer.conf 2>/dev/null | wc -l'),
    ).toBe('0')
  } finally {
    await output(machine, 'mv', '/root/adminer.php', '/usr/share/adminer/adminer.php')
    expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
  }
  expect((await tool.get('?db=tool_shop')).body).toContain('orders')
})

it('it ends when it is closed, and with the panel’s session', async () => {
  const own = await newSession(machine)
  const first = await openTool(machine, own, 'tool_shop')
  const left = await first.post('?db=tool_shop', { logout: 'Logout' })
  expect([left.status, left.headers.location]).toEqual([302, expect.stringMatching(/\/close$/)])
  expect((await first.get('close')).status).toBe(401)
  expect((await first.get('?db=tool_shop')).status).toBe(401)
  const again = await openTool(machine, own, 'tool_shop')
  expect((await again.get('?db=tool_shop')).status).toBe(200)
  expect((await client(machine, own).delete('/session')).status).toBe(204)
  const after = await again.get('?db=tool_shop')
  expect([after.status, after.body]).toEqual([401, expect.stringContaining('href="/panel"')])
  expect((await toolWith(machine, again.cookie.split('; ')[1]!).get('?db=tool_shop')).status).toBe(401)
})
