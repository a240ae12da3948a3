import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { expect, it, onTestFinished } from 'vitest'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

const { hostname } = os

/** Gives the machine another name while the panel runs. */
function nameMachine(name: string): void {
  os.hostname = () => name
  syncBuiltinESMExports()
}

it('a site whose name the server took later can be changed; a new one is told what to do', async () => {
  onTestFinished(() => nameMachine(hostname()))
  nameMachine('server')
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
  nameMachine('shop.test')
  expect(await patch('shop.test', { bodyLimitMb: 5 })).toEqual([200, ['www.shop.test'], undefined])
  expect(await patch('shop.test', { aliases: ['a.shop.test'] })).toEqual([200, ['a.shop.test'], undefined])
  expect(await patch('other.test', { aliases: ['shop.test'] })).toEqual([
    422,
    'domain_reserved',
    expect.stringContaining('or name the server anew first'),
  ])
  nameMachine('www.other.test')
  expect(await patch('other.test', { aliases: ['www.other.test'] })).toEqual([
    422,
    'domain_reserved',
    expect.any(String),
  ])
  expect(await add('www.other.test')).toEqual([422, 'domain_reserved'])
})
