import { expect, it, vi } from 'vitest'
import { followAddresses } from '../../lib/panel/proxies/follow.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

/** Times of the files that name DNS servers and hosts. */
const files = vi.hoisted(() => ({ changed: 1 }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return { ...fs, statSync: () => ({ ctimeMs: files.changed }) }
})

it('proxy sites follow the machine once it has changed, and after each change of theirs', async () => {
  vi.spyOn(console, 'log').mockReturnValue()
  const panel = await openPanel()
  const agent = withAgent(panel.ctx, {
    'proxies.follow': ({ sites }) => ({ followed: sites.map(({ domain }) => domain), withoutResolver: false }),
  })
  const look = async () => {
    await followAddresses(panel.ctx)
    const asked = agent.asked('proxies.follow').map(({ sites }) => sites.map(({ domain }) => domain))
    agent.reset()
    return asked
  }
  putSite(panel, 'plain.test', null)
  expect(await look(), 'nobody to follow').toEqual([])
  putSite(panel, 'passed.test', null, { runtime: 'proxy', proxyTo: 'http://a.test' })
  expect(await look()).toEqual([['passed.test']])
  expect(await look()).toEqual([])
  files.changed = 2
  expect(await look()).toEqual([['passed.test']])
  putSite(panel, 'another.test', null, { runtime: 'proxy', proxyTo: 'http://b.test' })
  expect(await look()).toEqual([['another.test', 'passed.test']])
})

it('a server that names no DNS server is told of, until it does', async () => {
  const panel = await openPanel()
  const agent = withAgent(panel.ctx, { 'proxies.follow': () => ({ followed: [], withoutResolver: true }) })
  putSite(panel, 'passed.test', null, { runtime: 'proxy', proxyTo: 'http://a.test' })
  await followAddresses(panel.ctx)
  expect(listAlerts(panel.ctx.db)).toEqual([
    expect.objectContaining({
      key: 'proxies:resolvers',
      site: null,
      message: expect.stringContaining('names no DNS server in /etc/resolv.conf'),
    }),
  ])
  agent.answers = {}
  files.changed++
  await followAddresses(panel.ctx)
  expect(listAlerts(panel.ctx.db)).toEqual([])
})
