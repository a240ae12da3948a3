import { expect, it } from 'vitest'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

it('another domain takes back no change that was made while it was looked at', async () => {
  const panel = await openPanel()
  withAgent(panel.ctx)
  await panel.signIn()
  putSite(panel, 'old.test', null)
  const { kv } = panel.ctx
  const get = kv.get.bind(kv)
  let changed = 0
  // The look at the server's own name reads its settings.
  kv.get = async <T>(key: string, now: number) => {
    const value = await get<T>(key, now)
    if (key !== 'settings' || changed++ > 0) return value
    const path = '/api/sites/old.test'
    expect((await panel.call('PATCH /api/sites/{site}', { path, body: { bodyLimitMb: 77 } })).status).toBe(200)
    return value
  }
  const { status, body } = await panel.call('POST /api/sites/{site}/rename', {
    path: '/api/sites/old.test/rename',
    body: { domain: 'new.test' },
  })
  expect([status, body.domain, body.bodyLimitMb, changed > 1]).toEqual([200, 'new.test', 77, true])
})
