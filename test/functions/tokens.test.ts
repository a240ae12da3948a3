import { expect, it, onTestFinished, vi } from 'vitest'
import { roleMay, scopes } from '../../lib/model/auth/scopes.ts'
import { rootToken } from '../../lib/panel/tokens/tokens.ts'
import { administrator, openPanel, origin, type Panel } from './_harness.ts'
import { bearer, newUser, newToken, putSite } from './_users.ts'

const all = Object.keys(scopes)
const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

async function opened(): Promise<Panel> {
  const panel = await openPanel()
  await panel.signIn()
  return panel
}

const alive = async ({ call }: Panel, headers: Record<string, string>) =>
  (await call('GET /api/sites', { headers })).status === 200

it('what a token makes ends when it does, at the latest', async () => {
  const panel = await opened()
  const expiresAt = soon(120)
  const parent = await newToken(panel, { scopes: all, expiresAt })
  const child = await newToken(panel, { scopes: ['sites:read', 'tokens:write'] }, parent.headers)
  expect(child).toMatchObject({ expiresAt, madeBy: parent.id })
  expect(await newToken(panel, { scopes: ['sites:read'], expiresAt: soon(60) }, child.headers)).toMatchObject({
    madeBy: child.id,
  })
  for (const headers of [parent.headers, child.headers]) {
    const { status, body } = await panel.call('POST /api/tokens', {
      body: { name: 'x', scopes: ['sites:read'], expiresAt: soon(3600) },
      headers,
    })
    expect([status, body.code]).toEqual([403, 'expiry_not_allowed'])
  }
  expect((await newToken(panel, { scopes: ['sites:read'] })).expiresAt, 'a person’s need not end').toBeNull()
})

it('what a token makes has no scope that it has not, and stays its owner’s', async () => {
  const panel = await opened()
  await newUser(panel, 'ann')
  const { headers } = await newToken(panel, { scopes: ['tokens:write', 'sites:read'] })
  const post = async (body: object) =>
    (await panel.call('POST /api/tokens', { body: { name: 'x', ...body }, headers })).body.code as string | undefined
  for (const scope of all.filter((one) => !['tokens:write', 'sites:read'].includes(one)))
    expect(await post({ scopes: [scope] })).toBe('scope_not_allowed')
  expect(await post({ scopes: ['sites:read'], username: 'ann' })).toBe('field_not_allowed')
  expect(await post({ scopes: ['sites:read'], username: administrator.username })).toBeUndefined()
  expect(
    (await panel.call('POST /api/tokens', { body: { name: 'x', scopes: Array(101).fill('sites:read') } })).status,
  ).toBe(422)
  expect(
    (await panel.call('POST /api/tokens', { body: { name: 'x', scopes: ['sites:read', 'sites:read'] } })).body.scopes,
  ).toEqual(['sites:read'])
})

it('deleting a token ends all that it made, at once', async () => {
  const panel = await opened()
  const parent = await newToken(panel, { scopes: all })
  const child = await newToken(panel, { scopes: all }, parent.headers)
  const grandchild = await newToken(panel, { scopes: all }, child.headers)
  const other = await newToken(panel, { scopes: all })
  expect(await Promise.all([parent, child, grandchild, other].map(({ headers }) => alive(panel, headers)))).toEqual([
    true,
    true,
    true,
    true,
  ])
  await panel.call('DELETE /api/tokens/{token}', { path: `/api/tokens/${parent.id}` })
  expect(await Promise.all([parent, child, grandchild, other].map(({ headers }) => alive(panel, headers)))).toEqual([
    false,
    false,
    false,
    true,
  ])
  expect((await panel.call('GET /api/tokens')).body.tokens.map(({ id }: { id: string }) => id)).toEqual([other.id])
})

it('a token whose maker has expired is dead, whatever its own end says', async () => {
  const panel = await opened()
  const parent = await newToken(panel, { scopes: all })
  const child = await newToken(panel, { scopes: all }, parent.headers)
  const grandchild = await newToken(panel, { scopes: all }, child.headers)
  panel.ctx.db.sqlite.prepare('UPDATE tokens SET expires_at = ? WHERE id = ?').run(soon(-1), parent.id)
  expect(await Promise.all([parent, child, grandchild].map(({ headers }) => alive(panel, headers)))).toEqual([
    false,
    false,
    false,
  ])
})

it('what root makes at the command line stays when its own token is renewed', async () => {
  const panel = await opened()
  const root = bearer(rootToken(panel.ctx, ''))
  const made = await newToken(panel, { scopes: all, username: administrator.username }, root)
  expect(made.madeBy).toBeNull()
  const next = bearer(rootToken(panel.ctx, 'hp_lost'))
  expect(await Promise.all([root, next, made.headers].map((headers) => alive(panel, headers)))).toEqual([
    false,
    true,
    true,
  ])
  expect(
    (
      await panel.call('POST /api/users', {
        body: { username: 'eve', password: 'a password of hers', role: 'admin' },
        headers: next,
      })
    ).status,
  ).toBe(201)
  expect(
    (await panel.call('PATCH /api/users/{user}', { path: '/api/users/eve', body: { role: 'user' }, headers: next }))
      .status,
  ).toBe(200)
})

it('a token for one site sees the jobs of that site alone, also an administrator’s', async () => {
  const panel = await opened()
  const ann = await newUser(panel, 'ann')
  for (const domain of ['ann.test', 'other.test']) putSite(panel, domain, 'ann')
  const begin = (site: string | null, actor: string) =>
    panel.ctx.jobs.start({ name: 'Work', path: `/sites/${site}/x`, subject: '', site, actor }, () => Promise.resolve(1))
  const [own, other, server] = [
    begin('ann.test', 'ann'),
    begin('other.test', 'ann'),
    begin(null, administrator.username),
  ]
  const one = { scopes: ['jobs:read', 'jobs:write'], site: 'ann.test' }
  const jobs = async (headers: Record<string, string>) =>
    ((await panel.call('GET /api/jobs', { headers })).body.jobs as { id: string }[]).map(({ id }) => id).sort()
  for (const { headers } of [await newToken(panel, one, ann), await newToken(panel, one)]) {
    expect(await jobs(headers)).toEqual([own])
    for (const id of [other, server])
      expect((await panel.call('GET /api/jobs/{job}', { path: `/api/jobs/${id}`, headers })).status).toBe(404)
  }
  expect(await jobs(ann)).toEqual([own, other].sort())
  expect(await jobs({})).toEqual([own, other, server].sort())
})

it('events of a job are numbered in it, and tell nothing of other jobs', async () => {
  const panel = await opened()
  const ids = []
  for (const actor of ['ann', 'bob']) {
    const job = panel.ctx.jobs.start({ name: 'Work', path: '', subject: '', actor }, ({ progress }) =>
      Promise.resolve(progress({ step: 'One', percent: 1 })),
    )
    await panel.ctx.jobs.settled(job, 10)
    const text = (await panel.call('GET /api/jobs/{job}/events', { path: `/api/jobs/${job}/events` })).body as string
    ids.push([...text.matchAll(/^id: ?(\d+)$/gm)].map(([, id]) => Number(id)))
  }
  expect(ids).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

it('a stream ends with the token, the session or the right it was opened by', async () => {
  const panel = await opened()
  const ann = await newUser(panel, 'ann')
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const ends = [
    [
      'a token that is deleted',
      async (id: string) => void (await panel.call('DELETE /api/tokens/{token}', { path: `/api/tokens/${id}` })),
    ],
    [
      'a token that expires',
      (id: string) =>
        void panel.ctx.db.sqlite.prepare('UPDATE tokens SET expires_at = ? WHERE id = ?').run(soon(-1), id),
    ],
    ['nothing (control)', () => {}],
  ] as const
  for (const [what, end] of ends) {
    let tell!: (step: string) => void
    const job = panel.ctx.jobs.start(
      { name: 'Work', path: '', subject: '', actor: 'ann' },
      ({ progress }) => new Promise(() => (tell = (step) => progress({ step, percent: 1 }))),
    )
    const token = await newToken(panel, { scopes: ['jobs:read'] }, ann)
    const { body } = await panel.app.fetch(
      new Request(`${origin}/api/jobs/${job}/events`, { headers: { authorization: token.headers.authorization } }),
    )
    const reader = body!.getReader()
    tell('One')
    expect(new TextDecoder().decode((await reader.read()).value), what).toMatch(/One|still here/)
    await end(token.id)
    vi.advanceTimersByTime(6_000)
    let seen = ''
    for (let step = 2; step < 5; step++) {
      tell(`Step ${step}`)
      const { done, value } = await reader.read()
      if (done) break
      seen += new TextDecoder().decode(value)
    }
    expect([what, /Step/.test(seen)]).toEqual([what, what.startsWith('nothing')])
    await reader.cancel()
  }
})

it('a customer’s scopes stay a customer’s', () => {
  expect(
    all.filter(
      (scope) => roleMay('user', scope) && /^(?:users|server|firewall|bans|audit):|^(?:php|node):write$/.test(scope),
    ),
  ).toEqual([])
})
