import { H3 } from 'h3'
import { beforeEach, expect, it } from 'vitest'
import { noCaches } from '../../lib/model/caches/schema.ts'
import { siteUser } from '../../lib/model/sites/names.ts'
import { mountPurge } from '../../lib/panel/caches/purge-route.ts'
import { withAgent, type FakeAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

let app: H3
let agent: FakeAgent
let release: () => void
beforeEach(async () => {
  const panel = await openPanel()
  const cache = { ...noCaches, page: { minutes: 10, bypassCookies: [], byDevice: false } }
  for (const domain of ['shop.test', 'other.test']) putSite(panel, domain, null, { cache })
  const held = new Promise<void>((resolve) => (release = resolve))
  agent = withAgent(panel.ctx, {
    'caches.caller': ({ address }) => ({ user: siteUser(address) }),
    'caches.flushPages': async () => {
      await held
      return { pages: 3 }
    },
  })
  app = new H3()
  mountPurge(app, panel.ctx, () => true)
})

const purge = async (domain: string, address?: string) => {
  const headers = { 'x-hosting-panel-peer': domain }
  const answer = await app.fetch(
    new Request('http://panel/purge', { method: 'POST', headers, body: JSON.stringify({ address }) }),
  )
  return (await answer.json()) as unknown
}
const paths = () => agent.asked('caches.flushPages').map(({ domain, path }) => `${domain} ${path ?? 'all'}`)

it('purges of a site that wait are one when they ask for the same; one of all stands for those after it', async () => {
  const first = purge('shop.test', '/a/')
  await expect.poll(paths).toEqual(['shop.test /a/'])
  const others = [
    ...['/a/', '/a/', '/b/'].map((address) => purge('shop.test', address)),
    ...[undefined, undefined, '/c/'].map((address) => purge('shop.test', address)),
    purge('other.test', '/a/'),
  ]
  await expect.poll(() => agent.asked('caches.caller').length).toBe(8)
  expect(paths(), 'a site waits for no other').toEqual(['shop.test /a/', 'other.test /a/'])
  release()
  expect(await Promise.all([first, ...others])).toEqual(Array(8).fill({ pages: 3 }))
  expect(paths()).toEqual(['shop.test /a/', 'other.test /a/', 'shop.test /a/', 'shop.test /b/', 'shop.test all'])
  await purge('shop.test', '/a/')
  expect(paths().at(-1), 'later ones are made anew').toBe('shop.test /a/')
})
