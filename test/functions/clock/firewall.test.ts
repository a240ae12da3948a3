import { expect, it } from 'vitest'
import { firewallSpec, pendingChange, savePending } from '../../../lib/panel/firewall/settings.ts'
import { rootToken } from '../../../lib/panel/tokens/tokens.ts'
import { refuse, withAgent } from '../_agent.ts'
import { openPanel } from '../_harness.ts'
import { bearer } from '../_users.ts'

it('a change of the firewall that was undone is not kept, however far off its time seems to be', async () => {
  const { ctx, call } = await openPanel()
  withAgent(ctx, { 'firewall.confirm': refuse('nothing_to_confirm') })
  const undoAt = new Date(Date.now() + 400 * 86_400_000).toISOString()
  await savePending(ctx, { spec: { enabled: true, rules: [] }, undoAt, connection: 1, confirmed: false })
  const { body } = await call('POST /api/firewall/confirm', { body: {}, headers: bearer(rootToken(ctx, '')) })
  expect(body.code).toBe('nothing_to_confirm')
  expect([await pendingChange(ctx), await firewallSpec(ctx)]).toEqual([null, null])
})
