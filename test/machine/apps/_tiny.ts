import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Api } from '../http.ts'
import { within, type Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'

/** A program without dependencies that does what a test asks it for, by its environment or by a path. */
const program = `
const { createServer } = require('node:http')
const { spawn } = require('node:child_process')
const { createHash } = require('node:crypto')
const behave = process.env.BEHAVE ?? ''
console.log('starting', process.version, behave)
if (behave === 'exit') { console.error('I cannot find my configuration'); process.exit(3) }
if (behave === 'stubborn') process.on('SIGTERM', () => console.log('no'))
const endless = ['-c', 'while :; do sleep 1; done']
if (behave === 'children') spawn('/bin/sh', endless, { detached: true, stdio: 'ignore' }).unref()
const eaten = []
const held = []
let sockets = 0
const routes = {
  '/pid': () => String(process.pid),
  '/version': () => process.version,
  '/env': () => JSON.stringify(process.env),
  '/held': () => held.length + ' request, ' + sockets + ' socket',
  '/release': () => { for (const one of held.splice(0)) one.end('ended'); return 'released' },
  '/exit': () => { setTimeout(() => process.exit(1), 20); return 'bye' },
  '/eat': () => { setInterval(() => eaten.push(Buffer.alloc(20e6, 1)), 20); return 'eating' },
  '/flood': () => { setImmediate(flood); return 'flooding' },
}
const flood = () => {
  for (let i = 0; i < 1000; i++) console.log('x'.repeat(1000))
  setImmediate(flood)
}
const loseDatabase = () => { console.error('I lost my database'); process.exit(4) }
const server = createServer(async (request, response) => {
  if (behave === 'mute') return
  if (behave === 'late') setTimeout(loseDatabase, 1000)
  const { pathname } = new URL(request.url, 'http://x')
  if (pathname === '/hold') { response.writeHead(200); response.write('begun '); return held.push(response) }
  if (pathname === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return void setInterval(() => response.write('data: ' + Date.now() + '\\n\\n'), 50)
  }
  const hash = createHash('sha256')
  let size = 0
  for await (const part of request) { hash.update(part); size += part.length }
  if (pathname === '/die') return process.exit(1)
  const { method, url, headers } = request
  const told = { method, url, size, sha256: hash.digest('hex'), host: headers.host, address: headers['x-real-ip'] }
  response.end(routes[pathname]?.() ?? JSON.stringify(told))
})
server.on('upgrade', (request, socket) => {
  sockets++
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n')
  socket.on('data', (data) => socket.write(data)).on('error', () => {}).on('close', () => sockets--)
})
const host = { six: '::1', elsewhere: process.env.ELSEWHERE }[behave] ?? process.env.HOST
const port = behave === 'wrong-port' ? 31999 : process.env.PORT
if (behave !== 'silent') setTimeout(() => server.listen(port, host), Number(process.env.START_MS ?? 0))
else setInterval(() => {}, 1000)
`

/** Node 24 for apps, as a person installs it. */
export async function provideNode(panel: Api): Promise<void> {
  expect((await panel.post('/node/versions', { version: '24' }, { prefer: 'wait=150' })).body).toMatchObject({
    state: 'done',
  })
}

/** Makes a site with the program in it, not started yet. */
export async function tinySite(
  machine: Machine,
  panel: Api,
  domain: string,
  app: Record<string, unknown> = {},
): Promise<void> {
  const { status, body } = await panel.post('/sites', { domain, runtime: 'node', app })
  expect([status, body.message]).toEqual([201, undefined])
  await tinyFiles(machine, panel, domain)
}

/** Puts the program into a site's folder. */
export async function tinyFiles(machine: Machine, panel: Api, domain: string): Promise<void> {
  const { body } = await panel.get(`/sites/${domain}`)
  await writeFile(machine, `${body.root}/server.js`, program)
  await writeFile(
    machine,
    `${body.root}/package.json`,
    '{ "name": "tiny", "scripts": { "start": "node server.js" } }\n',
  )
  await output(machine, 'chown', '-R', `${body.user}:${body.user}`, body.root as string)
}

/** The ended job of starting, stopping or restarting an app. */
export async function appJob(panel: Api, domain: string, action: 'start' | 'stop' | 'restart') {
  const { status, body, headers } = await panel.post(`/sites/${domain}/app/${action}`)
  if (status !== 202) return body
  for (let look = 0; look < 1500; look++) {
    const { body: job } = await panel.get(headers.location!.replace(/^\/api/, ''))
    if (job.state !== 'running') return job
    await sleep(100)
  }
  throw new Error(`the ${action} of ${domain} does not end`)
}

export async function startTiny(
  machine: Machine,
  panel: Api,
  domain: string,
  app: Record<string, unknown> = {},
): Promise<void> {
  await tinySite(machine, panel, domain, app)
  expect(await appJob(panel, domain, 'start')).toMatchObject({ state: 'done', error: null })
}

export const appOf = async (panel: Api, domain: string) => (await panel.get(`/sites/${domain}/app`)).body

/** Puts an app to sleep as the minute's hook does after ten idle minutes: the clock is what is turned back. */
export async function letSleep(machine: Machine, panel: Api, ...domains: string[]): Promise<void> {
  await makeIdle(machine, ...domains)
  for (const domain of domains)
    await within(90, `${domain} to sleep`, async () => {
      if ((await appOf(panel, domain)).state === 'asleep') return true
      // The minute's own may have been at work, and looked before the clock was turned back.
      await reap(machine)
      return undefined
    })
}

/** As if nobody had asked for these in twenty minutes. */
export async function makeIdle(machine: Machine, ...domains: string[]): Promise<void> {
  // nginx keeps a connection to an app for a second.
  await sleep(1200)
  for (const domain of domains)
    await output(machine, 'touch', '-d', '-20 minutes', `/var/log/nginx/${domain}.access.log`)
  await ageStarts(machine)
}

export const reap = (machine: Machine) => output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle.service')

/** As if every app had been started an hour ago. */
export async function ageStarts(machine: Machine): Promise<void> {
  const script =
    `const D = require('/opt/hosting-panel/current/node_modules/better-sqlite3'); new ` +
    `D('/opt/hosting-panel/data/panel.db', { timeout: 5000 }).prepare("UPDATE apps SET started_at = ` +
    `'2026-01-01T00:00:00.000Z' WHERE status = 'running'").run()`
  const { code, stderr } = await machine.sh([
    'setpriv',
    '--reuid=hosting-panel',
    '--regid=hosting-panel',
    '--clear-groups',
    '/opt/hosting-panel/current/node_modules/.bin/node',
    '-e',
    script,
  ])
  if (code !== 0) throw new Error(stderr)
}

/** The processes of a site's user, as lines of ps. */
export const processesOf = async (machine: Machine, panel: Api, domain: string): Promise<string[]> =>
  (await output(machine, 'ps', '-o', 'pid=,args=', '-u', (await panel.get(`/sites/${domain}`)).body.user as string))
    .split('\n')
    .filter(Boolean)

export const isListening = async (machine: Machine, port: number): Promise<boolean> =>
  (await output(machine, 'ss', '-Hltn', `sport = :${port}`)) !== ''
