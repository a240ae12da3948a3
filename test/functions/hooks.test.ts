import { expect, it, vi } from 'vitest'
import reapIdle from '../../hooks/reap-idle.ts'
import sweep from '../../hooks/sweep.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { renewCertificates } from '../../lib/panel/certificates/renew.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

const idle = () => ({ busy: true, restarted: [], apps: [], waiting: [] })
const down = () => {
  throw new PanelError('command_failed', 500, 'it does not work')
}

it('each minute every part is done, whatever becomes of one, and the failure names it', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const { ctx } = await openPanel()
  const agent = withAgent(ctx, { 'directives.check': down, 'upgrades.take': idle })
  await expect(reapIdle.run(ctx)).rejects.toThrow(/^directives: it does not work$/)
  expect(agent.order()).toEqual(expect.arrayContaining(['health', 'directives.check', 'upgrades.take']))
})

it('each night every part is done, whatever becomes of one', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const { ctx } = await openPanel()
  const agent = withAgent(ctx, { 'trash.prune': down, 'dumps.prune': down, 'node.prune': () => ({ removed: [] }) })
  await expect(sweep.run(ctx)).rejects.toThrow(/^trash: it does not work; dumps: it does not work$/)
  expect(agent.order()).toContain('node.prune')
})

it('certificates are renewed even if the self-signed one is not', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const { ctx } = await openPanel()
  const agent = withAgent(ctx, { 'certificates.selfSigned': down, 'certificates.state': () => ({ broken: [] }) })
  await expect(renewCertificates(ctx, Date.now())).rejects.toThrow('it does not work')
  expect(agent.order()).toContain('certificates.state')
})
