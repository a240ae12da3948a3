import { beforeEach, expect, it } from 'vitest'
import type { Redirect } from '../../lib/model/sites/redirects.ts'
import { listSites } from '../../lib/panel/store/sites.ts'
import { withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

let panel: Panel
let agent: FakeAgent

beforeEach(async () => {
  panel = await openPanel()
  agent = withAgent(panel.ctx)
  await panel.signIn()
  await newUser(panel, 'ann')
  putSite(panel, 'new.test', 'ann')
})

const redirectsOf = (count: number, length = 100): Redirect[] =>
  Array.from({ length: count }, (_, at) => ({
    from: `/${String(at).padEnd(length, 'x')}`,
    match: 'exact',
    to: '/to',
    status: 301,
  }))

/** Gives an owner sites with so many bytes of settings, each with half a megabyte of them. */
function fill(owner: string | null, megabytes: number): void {
  const redirects = redirectsOf(5_150, 46)
  for (let at = 0; at < 2 * megabytes; at++) putSite(panel, `${owner}-${at}.test`, owner, { redirects })
}

const put = (site: string, body: object) =>
  panel.call('PUT /api/sites/{site}/redirects', { path: `/api/sites/${site}/redirects`, body })
const patch = (site: string, body: object) =>
  panel.call('PATCH /api/sites/{site}', { path: `/api/sites/${site}`, body })
const field = (answer: { status: number; body: { code?: string; details?: { issues: { path: string }[] } } }) => [
  answer.status,
  answer.body.code,
  answer.body.details?.issues[0]?.path,
]

it('a site has 512 KB of redirects', async () => {
  expect((await put('new.test', { redirects: redirectsOf(1_000, 450) })).status).toBe(200)
  agent.reset()
  expect(field(await put('new.test', { redirects: redirectsOf(1_200, 450) }))).toEqual([
    422,
    'invalid_input',
    'redirects',
  ])
  const list = redirectsOf(1_200, 450)
    .map(({ from, to }) => `${from} ${to}`)
    .join('\n')
  expect(field(await put('new.test', { list }))).toEqual([422, 'invalid_input', 'list'])
  expect(agent.order()).toEqual([])
})

it('a user’s sites together leave room for those of others', async () => {
  fill('ann', 3)
  agent.reset()
  const more = { redirects: redirectsOf(2_000) }
  const refused = [422, 'invalid_input', 'redirects']
  expect(field(await put('new.test', more))).toEqual(refused)
  expect(field(await put('new.test?plan=true', more))[0]).not.toBe(200)
  const headers = Array.from({ length: 10 }, (_, at) => ({ name: `X-${at}`, value: 'v'.repeat(500) }))
  expect(field(await patch('new.test', { headers }))).toEqual([422, 'invalid_input', 'headers'])
  const post = await panel.call('POST /api/sites', {
    body: { domain: 'headers.test', runtime: 'static', owner: 'ann', headers },
  })
  expect(field(post)).toEqual([422, 'invalid_input', 'headers'])
  const directives = await panel.call('PUT /api/sites/{site}/directives', {
    path: '/api/sites/new.test/directives',
    body: { text: `${'# more\n'.repeat(1_000)}` },
  })
  expect(field(directives)).toEqual([422, 'invalid_input', 'directives'])
  expect(agent.asked('sites.apply')).toEqual([])
  expect((await patch('new.test', { bodyLimitMb: 5 })).status).toBe(200)
  expect((await put('ann-0.test', { redirects: redirectsOf(4_000, 46) })).status).toBe(200)
  putSite(panel, 'other.test', null)
  expect((await put('other.test', more)).status).toBe(200)
})

it('all sites together fit into one message to the agent', async () => {
  fill(null, 12)
  agent.reset()
  const more = { redirects: redirectsOf(10_000, 40) }
  expect(field(await put('new.test', more))).toEqual([422, 'invalid_input', 'redirects'])
  expect((await put('null-0.test', { redirects: [] })).status).toBe(200)
  expect((await patch('new.test', { maintenance: true })).status).toBe(200)
  const sites = listSites(panel.ctx.db).map(({ spec }) => spec)
  expect(Buffer.byteLength(JSON.stringify({ sites }))).toBeLessThan(13_000_000)
})
