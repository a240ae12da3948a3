import { afterAll, beforeAll, expect, it } from 'vitest'
import { as, createDatabase, removeDatabase, type Connection } from '../machine/databases/_helpers.ts'
import { redis, redisSite, type Account } from '../machine/cache/_cache.ts'
import { output, target, type Target } from './_attack.ts'

/**
 * Holds connections on which nobody signs in, to a path or a port of loopback, until it is ended; opens again those
 * that were closed.
 */
const hold = `
import resource, select, socket, sys, time
where, wanted, end = sys.argv[1], int(sys.argv[2]), time.time() + 60
resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 100, wanted + 100))
def connect():
    if not where.isdigit():
        one = socket.socket(socket.AF_UNIX); one.connect(where); return one
    return socket.create_connection(('127.0.0.1', int(where)))
held = []
while time.time() < end:
    try:
        while len(held) < wanted: held.append(connect())
    except OSError: pass
    print(len(held), flush=True)
    time.sleep(0.2)
    closed = select.poll()
    for one in held: closed.register(one, select.POLLHUP)
    gone = {fd for fd, _ in closed.poll(0)}
    held = [one for one in held if one.fileno() not in gone]
`

const SQL = '/run/mysqld/mysqld.sock'
const REDIS = '/run/redis/redis-server.sock'

let on: Target
let attacker: string
let shop: Connection
let cached: Account
beforeAll(async () => {
  on = await target()
  for (const domain of ['greedy.test', 'modest.test'])
    expect((await on.panel.post('/sites', { domain, runtime: 'php' })).status).toBe(201)
  attacker = (await on.panel.get('/sites/greedy.test')).body.user
  shop = await createDatabase(on.panel, 'modest', { site: 'modest.test' })
  cached = await redisSite(on.panel, 'other.test')
  await on.machine.sh(['tee', '/usr/local/share/hold.py'], { input: hold })
  await output(on.machine, 'chmod', '644', '/usr/local/share/hold.py')
})
afterAll(async () => {
  await forgive()
  await output(on.machine, 'systemctl', 'start', 'hosting-panel-sockets')
  await removeDatabase(on.panel, 'modest')
  for (const domain of ['greedy.test', 'modest.test', 'other.test'])
    await on.panel.delete(`/sites/${domain}?purge=true`)
})

/** Ends the attack and the ban that it met. */
const forgive = () =>
  output(
    on.machine,
    'sh',
    '-c',
    `pkill -KILL -u ${attacker}; setfacl -b /run/mysqld /run/redis; rm -rf /run/hosting-panel/banned /tmp/held`,
  )
const attack = (where: string | number, count: number) =>
  output(
    on.machine,
    'sh',
    '-c',
    `setpriv --reuid=${attacker} --regid=${attacker} --clear-groups python3 /usr/local/share/hold.py ${where} ` +
      `${count} >/tmp/held 2>&1 &`,
  )
const held = async (): Promise<number> => Number((await output(on.machine, 'tail', '-n', '1', '/tmp/held')) || 0)
const running = async (): Promise<boolean> => (await output(on.machine, 'pgrep', '-u', attacker)) !== ''

const query = async (): Promise<string> => {
  const { stdout, stderr } = await as(on.machine, shop, 'modest', 'SELECT 7 * 6')
  return (stdout + stderr).trim()
}
const ping = () => redis(on.machine, cached, ['ping'])

it.each<[string, string | number]>([
  ['the socket', SQL],
  ['TCP', 3306],
])('200 idle connections of one site over %s leave MariaDB to the others', async (_, where) => {
  await attack(where, 200)
  await expect.poll(async () => (await held()) > 0 || !(await running())).toBe(true)
  for (let round = 0; round < 5; round++) expect(await query()).toBe('42')
  await forgive()
})

it.each<[string, string, number, () => Promise<string>, string, RegExp]>([
  ['MariaDB', SQL, 900, query, '42', /Too many connections/],
  ['Redis', REDIS, 4_200, ping, 'PONG', /max number of clients|Connection reset|closed/],
])(
  'one site that takes all of %s is ended and kept out, and the others go on',
  async (_, where, count, ask, answer, refusal) => {
    await output(on.machine, 'systemctl', 'stop', 'hosting-panel-sockets')
    await attack(where, count)
    await expect.poll(ask, { message: 'nobody gets in while nobody watches (control)' }).toMatch(refusal)
    await output(on.machine, 'systemctl', 'start', 'hosting-panel-sockets')
    await expect.poll(running).toBe(false)
    await expect.poll(ask).toBe(answer)
    await attack(where, count)
    await expect.poll(held, { message: 'it comes in no more' }).toBe(0)
    expect(await ask()).toBe(answer)
    await output(on.machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')
    expect((await on.panel.get('/alerts')).body.alerts).toContainEqual(
      expect.objectContaining({
        site: 'greedy.test',
        severity: 'critical',
        message: expect.stringContaining('connections to'),
      }),
    )
    await forgive()
    await output(on.machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')
    const { alerts } = (await on.panel.get('/alerts')).body as { alerts: { key: string }[] }
    expect(alerts.map(({ key }) => key).filter((key) => key.startsWith('connections:'))).toEqual([])
  },
)

it('one account signs in only so often at once', async () => {
  const script = `const mysql = require('/opt/hosting-panel/current/node_modules/mysql2/promise')
    void (async () => {
      let open = 0
      const list = []
      const account = { host: '127.0.0.1', user: 'modest', password: process.argv[1] }
      try {
        for (; open < 100; open++) list.push(await mysql.createConnection(account))
      } catch (error) { console.log(open, error.code) }
      for (const one of list) one.destroy()
    })()`
  const said = await output(
    on.machine,
    '/opt/hosting-panel/current/node_modules/.bin/node',
    '-e',
    script,
    '--',
    shop.password,
  )
  expect(said).toMatch(/^\d+ (ER_TOO_MANY_USER_CONNECTIONS|ER_USER_LIMIT_REACHED)$/)
  expect(Number(said.split(' ')[0])).toBeLessThanOrEqual(60)
  expect(Number(said.split(' ')[0])).toBeGreaterThanOrEqual(15)
  expect((await on.panel.get('/drift')).body.changes).toEqual([])
  await output(on.machine, 'mariadb', '-e', 'ALTER USER modest@localhost WITH MAX_USER_CONNECTIONS 500')
  expect((await on.panel.get('/drift')).body.changes).toMatchObject([
    { kind: 'login', name: 'modest', summary: expect.stringContaining('connections') },
  ])
  await on.panel.post('/drift', undefined, { prefer: 'wait=60' })
  expect((await on.panel.get('/drift')).body.changes).toEqual([])
})
