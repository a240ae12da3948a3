import { expect, it, vi } from 'vitest'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

/** The machine's name, which somebody changes while the panel runs. */
const machine = vi.hoisted(() => ({ name: 'server' }))
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  hostname: () => machine.name,
}))

it('a site whose name the server took later can be changed; a new one is told what to do', async () => {
  const panel = await openPanel()
  withAgent(panel.ctx)
  await panel.signIn()
  const add = async (domain: string, aliases: string[] = []) => {
    const { status, body } = await panel.call('POST /api/sites', { body: { domain, runtime: 'static', aliases } })
    return [status, body.code ?? body.domain]
  }
  const patch = async (domain: string, body: object) => {
    const path = `/api/sites/${domain}`
    const answer = await panel.call('PATCH /api/sites/{site}', { path, body })
    return [answer.status, answer.body.code ?? answer.body.aliases, answer.body.message]
  }
  expect(await add('shop.test', ['www.shop.test'])).toEqual([201, 'shop.test'])
  expect(await add('other.test')).toEqual([201, 'other.test'])
  machine.name = 'shop.test'
  expect(await patch('shop.test', { bodyLimitMb: 5 })).toEqual([200, ['www.shop.test'], undefined])
  expect(await patch('shop.test', { aliases: ['a.shop.test'] })).toEqual([200, ['a.shop.test'], undefined])
  expect(await patch('other.test', { aliases: ['shop.test'] })).toEqual([
    422,
    'domain_reserved',
    expect.stringContaining('or name the server anew first'),
  ])
  machine.name = 'www.other.test'
  expect(await patch('other.test', { aliases: ['www.other.test'] })).toEqual([
    422,
    'domain_reserved',
    expect.any(String),
  ])
  expect(await add('www.other.test')).toEqual([422, 'domain_reserved'])
})
