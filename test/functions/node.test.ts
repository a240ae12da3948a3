import { expect, it } from 'vitest'
import type { Output } from '../../lib/model/protocol/agent.ts'
import { newApp } from '../../lib/model/apps/schema.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { pruneNode } from '../../lib/panel/node/versions.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { withAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

const versions: Output<'node.list'>['versions'] = [
  { version: '20', fullVersion: '20.20.2' },
  { version: '22', fullVersion: '22.23.3' },
]

/** An agent with Node 20 and 22; test/soak/apps/node-versions.test.ts has the real one. */
const withNodes = (ctx: Context) =>
  withAgent(ctx, {
    'node.list': () => ({ versions }),
    'node.install': () => ({ versions }),
    'node.remove': () => ({ versions }),
    'node.prune': () => ({ removed: ['20'] }),
  })

/** A site whose app runs on a version. */
function putApp(panel: Panel, domain: string, version: '20' | '22'): void {
  putSite(panel, domain, null, { runtime: 'node', app: { ...newApp('node', 20_000), nodeVersion: version } })
}

const remove = (panel: Panel, version: string, headers?: Record<string, string>) =>
  panel.call('DELETE /api/node/versions/{version}', {
    path: `/api/node/versions/${encodeURIComponent(version)}`,
    ...(headers && { headers }),
  })

it('lists every version, which release of it is here, and who uses it', async () => {
  const panel = await openPanel()
  await panel.signIn()
  withNodes(panel.ctx)
  putApp(panel, 'app.test', '22')
  expect((await panel.call('GET /api/node/versions')).body.versions).toEqual([
    { version: '20', installed: true, fullVersion: '20.20.2', sites: 0 },
    { version: '22', installed: true, fullVersion: '22.23.3', sites: 1 },
    { version: '24', installed: false, fullVersion: null, sites: 0 },
    { version: '26', installed: false, fullVersion: null, sites: 0 },
  ])
})

it('installs and removes as jobs, and puts both on record', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const { calls } = withNodes(panel.ctx)
  const prefer = { prefer: 'wait=10' }
  expect((await panel.call('POST /api/node/versions', { body: { version: '22' } })).status).toBe(202)
  expect(
    (await panel.call('POST /api/node/versions', { body: { version: '22' }, headers: prefer })).body,
  ).toMatchObject({ state: 'done', result: { versions: { length: 4 } } })
  expect((await remove(panel, '20', prefer)).body).toMatchObject({ state: 'done' })
  expect(calls).toEqual([
    ['node.install', { version: '22' }],
    ['node.install', { version: '22' }],
    ['node.remove', { version: '20' }],
  ])
  expect(listAuditEntries(panel.ctx.db, 3).map(({ action, ok }) => [action, ok])).toEqual([
    ['node.remove', true],
    ['node.install', true],
    ['node.install', true],
  ])
})

it('a version that sites run on is not removed, neither by hand nor by the daily hook', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const { calls } = withNodes(panel.ctx)
  putApp(panel, 'app.test', '22')
  expect(await remove(panel, '22')).toMatchObject({
    status: 409,
    body: { code: 'node_version_in_use', message: expect.stringContaining('app.test') },
  })
  expect(calls).toEqual([])
  expect(await pruneNode(panel.ctx)).toEqual(['20'])
  expect(calls).toEqual([['node.prune', { keep: ['22'] }]])
})

it('takes no other version', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const { calls } = withNodes(panel.ctx)
  for (const version of [
    '18',
    '20.1.0',
    '2',
    '020',
    '20\n',
    ' 20',
    '-g',
    '--prefix=/',
    '../22',
    '$(id)',
    '20;id',
    'latest',
    '__proto__',
  ]) {
    expect((await panel.call('POST /api/node/versions', { body: { version } })).status, JSON.stringify(version)).toBe(
      422,
    )
    expect((await remove(panel, version)).status, JSON.stringify(version)).toBe(422)
  }
  for (const body of [{}, { version: 20 }, { version: ['20'] }, { version: '20', prefix: '/' }])
    expect((await panel.call('POST /api/node/versions', { body })).status).toBe(422)
  expect(calls).toEqual([])
})

it('users and tokens of one site see versions, and change none', async () => {
  const panel = await openPanel()
  await panel.signIn()
  withNodes(panel.ctx)
  const ann = await newUser(panel, 'ann')
  putSite(panel, 'ann.test', 'ann')
  const { secret } = (
    await panel.call('POST /api/tokens', { body: { name: 'one', scopes: ['node:read'], site: 'ann.test' } })
  ).body as { secret: string }
  for (const headers of [ann, { cookie: '', authorization: `Bearer ${secret}` }]) {
    expect((await panel.call('GET /api/node/versions', { headers })).status).toBe(200)
    expect((await panel.call('POST /api/node/versions', { body: { version: '22' }, headers })).body.code).toBe(
      'not_allowed',
    )
    expect((await remove(panel, '20', headers)).body.code).toBe('not_allowed')
  }
  expect(
    (await panel.call('POST /api/tokens', { body: { name: 'two', scopes: ['node:write'], site: 'ann.test' } })).body
      .code,
  ).toBe('scope_not_allowed')
})

it('without its agent it says so', async () => {
  const panel = await openPanel()
  await panel.signIn()
  expect(await panel.call('GET /api/node/versions')).toMatchObject({ status: 503, body: { code: 'agent_unreachable' } })
})
