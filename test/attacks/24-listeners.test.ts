import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { output, target, type Target } from './_attack.ts'

const domain = 'squatter.test'
const ports = [8788, 6379, 3306, 8080, 8081]
const free = 7777

/** Listens on ports as soon as they are free, writes down what it is sent, and answers as a server would. */
const squatter = (log: string) => `
const { createServer } = require('node:net'), { appendFileSync } = require('node:fs')
const said = {}
for (const port of ${JSON.stringify([...ports, free])}) {
  const take = () => createServer((socket) => {
    appendFileSync('${log}', port + ' connected\\n')
    socket.on('data', (data) => appendFileSync('${log}', port + ' heard ' + data.toString('latin1') + '\\n'))
    socket.on('error', () => {})
    socket.write('+OK\\r\\n')
  }).on('error', () => setTimeout(take, 1)).listen(port, '0.0.0.0', () => appendFileSync('${log}', port + ' taken\\n'))
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
}, 300_000)
afterAll(async () => {
  await on.machine.sh(['pkill', '-KILL', '-u', user])
  await on.panel.delete(`/sites/${domain}?purge=true`)
})

it('a free port’s listener is sent what anybody sends there (control)', async () => {
  await squat()
  await expect.poll(() => heard().catch(() => ''), { timeout: 30_000 }).toContain(`${free} taken`)
  await output(on.machine, 'bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${free}; echo a secret >&3; head -c 3 <&3`)
  await expect.poll(heard).toContain(`${free} heard a secret`)
  expect(await heard(), 'nobody asks there any more').toContain('8788 taken')
})

/** Bytes that the listener received on ports of services. */
const sent = async () =>
  (await heard()).split('\n').filter((line) => line !== '' && !line.startsWith(`${free} `) && !/^\d+ taken$/.test(line))

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
    for (const port of taken) await expect.poll(heard, { timeout: 30_000 }).toContain(`${port} taken`)
    // People and programs go on asking meanwhile. Nobody asks at the panel's port of before.
    const asked = taken.filter((port) => port !== 8788)
    const asking = asked.map(
      (port) =>
        `for address in 127.0.0.1 ${on.machine.address}; do timeout 1 bash -c "exec ` +
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

it('a site’s user holds a few connections to MariaDB and Redis over loopback; root any number (control)', async () => {
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
for port in (3306, 6379):
    held = 0
    for _ in range(80):
        s = socket.socket(); s.settimeout(2)
        try: s.connect(('127.0.0.1', port)); held += 1; kept.append(s)
        except OSError: pass
    print(held)`,
    )
  expect((await hold(user)).split('\n')).toEqual(['30', '60'])
  expect((await hold('root')).split('\n')).toEqual(['80', '80'])
})
