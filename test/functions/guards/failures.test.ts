import { expect, it, onTestFinished, vi } from 'vitest'
import { openPanel } from '../_harness.ts'

it('a full disk is said to be one', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => log.mockRestore())
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  ctx.db.sqlite.pragma(`max_page_count = ${ctx.db.sqlite.pragma('page_count', { simple: true }) as number}`)
  // The rows that are there leave no room for another.
  const fill = ctx.db.sqlite.prepare(
    "INSERT INTO audit (at, address, action, ok, details) VALUES ('', '', 'filler', 1, 'null')",
  )
  expect(() => {
    for (let index = 0; index < 100_000; index++) fill.run()
  }).toThrow(/full/)
  const body = {
    domain: 'a.test',
    runtime: 'static',
    aliases: Array.from({ length: 100 }, (_, i) => `${'x'.repeat(60)}.${'y'.repeat(60)}.a${i}.test`),
  }
  expect(await call('POST /api/sites', { body })).toMatchObject({ status: 507, body: { code: 'disk_full' } })
  expect(log.mock.calls.flat()).toContain('This could not be put on record:')
  expect(ctx.db.sqlite.prepare('SELECT count(*) AS n FROM sites').get()).toEqual({ n: 0 })
})

it('without its agent the panel says so, and keeps the old state', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  expect((await call('GET /api/health')).body).toEqual({
    status: 'degraded',
    panel: 'ok',
    agent: 'unreachable',
    services: [],
    failedPhp: 0,
    outdated: [],
    misconfigured: [],
    clock: 'ok',
  })
  expect(await call('POST /api/sites', { body: { domain: 'a.test', runtime: 'static' } })).toMatchObject({
    status: 503,
    body: { code: 'agent_unreachable' },
  })
  expect(ctx.db.sqlite.prepare('SELECT count(*) AS n FROM site_names').get()).toEqual({ n: 0 })
  expect(await call('GET /api/drift')).toMatchObject({ status: 503, body: { code: 'agent_unreachable' } })
})
