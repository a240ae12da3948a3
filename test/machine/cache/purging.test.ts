import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appJob, provideNode, tinySite } from '../apps/_tiny.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, deleteSite, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { putCache, script } from './_cache.ts'

const [php, node] = ['purges.test', 'purges-node.test']
const address = 'http://127.0.0.1/.hosting-panel/purge'
let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: php, runtime: 'php' })
  await script(machine, php, 'index.php', "echo 'page ', $_SERVER['HTTP_USER_AGENT'] ?? '';")
  await script(
    machine,
    php,
    'wp-curl.php',
    `$call = curl_init('${address}');
curl_setopt_array($call, [CURLOPT_POST => true, CURLOPT_POSTFIELDS => file_get_contents('php://input'),
  CURLOPT_RETURNTRANSFER => true]);
echo curl_exec($call), curl_getinfo($call, CURLINFO_HTTP_CODE);`,
  )
  await script(
    machine,
    php,
    'wp-stream.php',
    `echo file_get_contents('${address}', false, stream_context_create(['http' => ['method' => 'POST',
  'content' => file_get_contents('php://input'), 'ignore_errors' => true, 'header' => 'Content-Type: text/plain']]));`,
  )
  expect((await putCache(panel, php, { page: { minutes: 10 } })).status).toBe(200)
})
afterAll(async () => {
  await deleteSite(panel, php)
  await deleteSite(panel, node)
})
beforeEach(() => showJournalOnFailure(machine))

const seen = async (domain: string, path: string, agent = 'curl') =>
  (await site(machine, domain, path, { headers: { 'user-agent': agent } })).headers['x-cache']

describe.each([
  ['curl', '/wp-curl.php'],
  ['a stream', '/wp-stream.php'],
])('a PHP site, with %s,', (_, program) => {
  const purge = async (body: string) => (await site(machine, php, program, { method: 'POST', body })).body
  beforeAll(() => panel.post(`/sites/${php}/cache/purge`, {}))

  it('deletes one page of its own, and all', async () => {
    for (const path of ['/one/', '/two/']) await seen(php, path)
    expect(await purge('{"address": "/one/"}')).toContain('{"pages":1}')
    expect([await seen(php, '/one/'), await seen(php, '/two/')]).toEqual(['MISS', 'HIT'])
    expect(await purge('{}')).toContain('{"pages":2}')
    expect([await seen(php, '/one/'), await seen(php, '/two/')]).toEqual(['MISS', 'MISS'])
  })

  it.each(['{', '[]', '{"address": 1}', '{"site": "other.test"}', '{"address": "/a\\nb"}'])(
    'is told what is wrong with %s',
    async (body) => expect(await purge(body)).toContain('"code":"invalid_input"'),
  )
})

it('a Node site deletes its own pages', async () => {
  await provideNode(panel)
  await tinySite(machine, panel, node)
  const { root, user } = (await panel.get(`/sites/${node}`)).body as { root: string; user: string }
  await writeFile(
    machine,
    `${root}/server.js`,
    `const { createServer } = require('node:http')
createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end('page')
  const answer = await fetch('${address}', { method: 'POST', body: '{}' })
  response.end(answer.status + ' ' + (await answer.text()))
}).listen(process.env.PORT, process.env.HOST)
`,
  )
  await output(machine, 'chown', '-R', `${user}:${user}`, root)
  expect((await putCache(panel, node, { page: { minutes: 10 } })).status).toBe(200)
  expect(await appJob(panel, node, 'start')).toMatchObject({ state: 'done', error: null })
  expect([await seen(node, '/page'), await seen(node, '/page')]).toEqual(['MISS', 'HIT'])
  expect((await site(machine, node, '/purge', { method: 'POST' })).body).toBe('200 {"pages":1}')
  expect(await seen(node, '/page')).toBe('MISS')
}, 600_000)

it('keeps a copy for phones and one for others, which go together', async () => {
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148'
  const states = async () => [await seen(php, '/device/'), await seen(php, '/device/', phone)]
  expect(await states()).toEqual(['MISS', 'HIT'])
  expect((await putCache(panel, php, { page: { minutes: 10, byDevice: true } })).body.page.byDevice).toBe(true)
  expect(await states()).toEqual(['HIT', 'MISS'])
  expect(await states()).toEqual(['HIT', 'HIT'])
  expect((await site(machine, php, '/device/', { headers: { 'user-agent': phone } })).body).toContain('iPhone')
  expect((await panel.post(`/sites/${php}/cache/purge`, { address: '/device/' })).body).toEqual({ pages: 2 })
  expect(await states()).toEqual(['MISS', 'MISS'])
  expect((await panel.get('/drift')).body.changes).toEqual([])
})
