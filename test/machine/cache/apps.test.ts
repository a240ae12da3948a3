import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { npmConfiguration } from '../_host.ts'
import { appJob, appOf, letSleep, provideNode, tinySite } from '../apps/_tiny.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, deleteSite, writeFile } from '../sites/_helpers.ts'
import { useMachine } from '../use-machine.ts'
import { cacheOf, putCache } from './_cache.ts'

const domain = 'kept.test'
let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  await tinySite(machine, panel, domain)
  const { body } = await panel.get(`/sites/${domain}`)
  await writeFile(machine, `${body.root}/.npmrc`, await npmConfiguration())
  // An app that keeps its pages in Redis with the language's own client, and counts how often it was asked.
  await writeFile(
    machine,
    `${body.root}/package.json`,
    '{ "name": "kept", "scripts": { "start": "node server.js" }, "dependencies": { "@redis/client": "6.3.1" } }\n',
  )
  await writeFile(
    machine,
    `${body.root}/server.js`,
    `const { createServer } = require('node:http')
const { createClient } = require('@redis/client')
const { REDIS_USER: username, REDIS_PASSWORD: password, REDIS_SOCKET: path } = process.env
const redis = createClient({ username, password, socket: { path } }).on('error', () => {})
createServer(async (request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return void setInterval(() => response.write('data: x\\n\\n'), 50)
  }
  if (request.url === '/short') response.setHeader('cache-control', 'max-age=1')
  const asked = await redis.incr(process.env.REDIS_USER + ':asked').catch((error) => error.message)
  const others = await redis.get('s-other:asked').catch((error) => error.message)
  response.end(asked + ' ' + others)
}).listen(process.env.PORT, process.env.HOST)
redis.connect()
`,
  )
  await output(machine, 'chown', '-R', `${body.user}:${body.user}`, body.root as string)
  const { redis } = (await putCache(panel, domain, { redis: true, page: { minutes: 10 } })).body
  expect(
    (
      await panel.patch(`/sites/${domain}/app/env`, {
        NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
        REDIS_USER: redis.username,
        REDIS_PASSWORD: redis.password,
        REDIS_SOCKET: redis.socket,
      })
    ).status,
  ).toBe(200)
  expect(await appJob(panel, domain, 'start')).toMatchObject({ state: 'done', error: null })
}, 900_000)
afterAll(() => deleteSite(panel, domain))

const get = (path: string, headers = {}) => site(machine, domain, path, { headers })

it('an app uses Redis, its own keys alone, and its pages are kept', async () => {
  const first = await get('/page')
  expect(first.body).toMatch(/^\d+ NOPERM/)
  expect([first.headers['x-cache'], (await get('/page')).body, (await get('/page')).headers['x-cache']]).toEqual([
    'MISS',
    first.body,
    'HIT',
  ])
  expect((await get('/page', { cookie: 'connect.sid=1' })).headers['x-cache']).toBe('BYPASS')
  expect((await cacheOf(panel, domain)).redis.keys).toBe(1)
})

it('events come as they happen, to who is given no kept page', async () => {
  const headers = `-H 'Cookie: session=1' -H 'Host: ${domain}'`
  const script = `curl -sN --max-time 60 ${headers} http://127.0.0.1/events | head -c 20`
  const begun = Date.now()
  expect(await output(machine, 'sh', '-c', script)).toContain('data: x')
  // In a buffer of 4 kB they would wait for 22 seconds.
  expect(Date.now() - begun).toBeLessThan(15_000)
})

it('a kept page wakes no app that sleeps; one that is too old, or was never kept, does', async () => {
  await get('/page')
  await get('/short')
  // nginx counts whole seconds: a page that is kept for one is given for less than two.
  await sleep(2_000)
  await letSleep(machine, panel, domain)
  expect((await get('/page')).headers['x-cache']).toBe('HIT')
  expect((await appOf(panel, domain)).state).toBe('asleep')
  expect((await get('/short')).status).toBe(200)
  expect((await appOf(panel, domain)).state).toBe('running')
  await letSleep(machine, panel, domain)
  expect((await get('/new')).body).toMatch(/^\d+ /)
  expect((await appOf(panel, domain)).state).toBe('running')
}, 300_000)
