import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { output, target, type Target } from './_attack.ts'

const domain = 'squatter.test'
const ports = [8788, 6379, 3306, 8080, 8081]
const free = 7777

/** An address of the machine that others reach over IPv6. */
const here6 = '2001:db8:24::7'

/** Listens on ports as soon as they are free, writes down what it is sent, and answers as a server would. */
const squatter = (log: string) => `
const { createServer } = require('node:net'), { appendFileSync } = require('node:fs')
const ports = ${JSON.stringify([...ports, free])}
for (const [host, over] of [['0.0.0.0', ''], ['::', ' over IPv6']]) for (const port of ports) {
  const take = () => createServer((socket) => {
    appendFileSync('${log}', port + ' connected\\n')
    socket.on('data', (data) => appendFileSync('${log}', port + ' heard ' + data.toString('latin1') + '\\n'))
    socket.on('error', () => {})
    socket.write('+OK\\r\\n')
  }).on('error', () => setTimeout(take, 1))
    .listen({ port, host, ipv6Only: host === '::' }, () => appendFileSync('${log}', port + ' taken' + over + '\\n'))
  take()
}
`

let on: Target, user: string
const log = `/var/www/${domain}/tmp/heard`
const heard = () => output(on.machine, 'cat', log)
const unit = (name: string) => output(on.machine, 'systemctl', 'is-active', name).catch(() => 'inactive')

/** Begins the squatter anew as the site's user: one that was ended is begun again, as a site's app would be. */
const squat = () =>
  on.machine.sh([
    'sh',
    '-c',
    `setsid setpriv --reuid=${user} --regid=${user} --clear-groups /opt/hosting-panel/node/24/bin/node -e "$1" ` +
      '>/dev/null 2>&1 </dev/null &',
    'sh',
    squatter(log),
  ])

beforeAll(async () => {
  on = await target()
  await on.panel.post('/node/versions', { version: '24' }, { prefer: 'wait=150' })
  expect((await on.panel.post('/sites', { domain, runtime: 'php' })).status).toBe(201)
  user = (await on.panel.get(`/sites/${domain}`)).body.user
  await output(on.machine, 'ip', 'address', 'replace', `${here6}/128`, 'dev', 'lo')
}, 300_000)
afterAll(async () => {
  await on.machine.sh(['ip', 'address', 'delete', `${here6}/128`, 'dev', 'lo'])
  await on.machine.sh(['pkill', '-KILL', '-u', user])
  await on.panel.delete(`/sites/${domain}?purge=true`)
})

/** Every way to this machine by itself. */
const ways = () => ['127.0.0.1', on.machine.address, '::1', '::ffff:127.0.0.1', here6]

it('a free port’s listener is sent what anybody sends there (control)', async () => {
  await squat()
  await expect.poll(() => heard().catch(() => ''), { timeout: 30_000 }).toContain(`${free} taken over IPv6`)
  for (const address of ways()) {
    await output(
      on.machine,
      'bash',
      '-c',
      `exec 3<>/dev/tcp/${address}/${free}; echo "to ${address}." >&3; head -c 3 <&3`,
    )
    await expect.poll(heard).toContain(`${free} heard to ${address}.`)
  }
  expect(await heard(), 'nobody asks there any more').toContain('8788 taken')
})

/** Bytes that the listener received on ports of services. */
const sent = async () =>
  (await heard())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(`${free} `) && !/^\d+ taken(?: over IPv6)?$/.test(line))

it.each([
  ['hosting-panel', [8788]],
  ['redis-server', [6379]],
  ['mariadb', [3306]],
  ['nginx', [8080, 8081]],
])(
  'while %s is down its port is anybody’s, and nobody is sent a byte there; it comes back',
  async (service, taken) => {
    await squat()
    await output(on.machine, 'systemctl', 'stop', service)
    for (const port of taken)
      for (const over of ['', ' over IPv6'])
        await expect.poll(heard, { timeout: 30_000 }).toMatch(new RegExp(`^${port} taken${over}$`, 'm'))
    // People and programs go on asking meanwhile. Nobody asks at the panel's port of before.
    const asked = taken.filter((port) => port !== 8788)
    const asking = asked.map(
      (port) =>
        `for address in ${ways().join(' ')}; do timeout 1 bash -c "exec ` +
        `3<>/dev/tcp/$address/${port}; echo a secret >&3; head -c 1 <&3" & done`,
    )
    await Promise.all([
      on.machine.sh(['bash', '-c', `${asking.join('\n')}\ntimeout 3 hosting-panel sites list; wait`], { timeout: 60 }),
      Promise.race([on.panel.get('/sites').catch(() => undefined), sleep(1500)]),
    ])
    expect(await sent(), 'not even a connection').toEqual([])
    await output(on.machine, 'systemctl', 'start', service)
    // A first start may have met the listener; the next one is two seconds away.
    await expect.poll(() => unit(service), { timeout: 60_000 }).toBe('active')
    await expect
      .poll(async () => (await on.panel.get('/health').catch(() => null))?.body.status, { timeout: 60_000 })
      .toBe('ok')
    expect(await sent()).toEqual([])
  },
  120_000,
)

it('a site’s user holds few connections to MariaDB and Redis over loopback; root any number (control)', async () => {
  const hold = (who: string) =>
    output(
      on.machine,
      'setpriv',
      `--reuid=${who}`,
      `--regid=${who}`,
      '--clear-groups',
      'python3',
      '-c',
      `
import socket
kept = []
for port, ways in ((3306, ['127.0.0.1', '::ffff:127.0.0.1']), (6379, ['127.0.0.1', '::1', '::ffff:127.0.0.1'])):
    held = {}
    for turn in range(96):
        way = ways[turn % len(ways)]
        try: kept.append(socket.create_connection((way, port), 2)); held[way] = held.get(way, 0) + 1
        except OSError: pass
    print(sum(held.values()), len(held) == len(ways))`,
    )
  expect((await hold(user)).split('\n'), 'by all ways together').toEqual(['30 True', '60 True'])
  expect((await hold('root')).split('\n')).toEqual(['96 True', '96 True'])
})
