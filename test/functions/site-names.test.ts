import { beforeEach, describe, expect, it } from 'vitest'
import { noCaches } from '../../lib/model/caches/schema.ts'
import type { SiteSpec } from '../../lib/model/sites/schema.ts'
import { findSite } from '../../lib/panel/store/sites.ts'
import { withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

let panel: Panel
let agent: FakeAgent
let anna: { cookie: string }
let ben: { cookie: string }

beforeEach(async () => {
  panel = await openPanel()
  agent = withAgent(panel.ctx, { 'caches.flushPages': () => ({ pages: 1 }) })
  await panel.signIn()
  anna = await newUser(panel, 'anna')
  ben = await newUser(panel, 'ben')
  putSite(panel, 'wild.test', 'anna', { aliases: ['*.wild.test'] })
  putSite(panel, 'shop.plain.test', 'ben')
})

const add = async (domain: string, headers: object = {}, aliases: string[] = [], query = '') => {
  const body = { domain, runtime: 'static', aliases }
  const answer = await panel.call('POST /api/sites', { path: `/api/sites${query}`, body, headers: { ...headers } })
  return [answer.status, answer.body.code ?? answer.body.domain]
}
const patch = async (domain: string, body: object, headers: object = {}) => {
  const path = `/api/sites/${domain}`
  const answer = await panel.call('PATCH /api/sites/{site}', { path, body, headers: { ...headers } })
  return [answer.status, answer.body.code ?? answer.body.aliases]
}
const taken = [409, 'domain_taken']

describe('a wildcard', () => {
  it('is an alias of one star in front', async () => {
    expect(await patch('wild.test', { aliases: ['*.WILD.test', '*.bücher.test'] }, anna)).toEqual([
      200,
      ['*.wild.test', '*.xn--bcher-kva.test'],
    ])
    for (const alias of ['*', '*.test', '*.*.a.test', 'a.*.test', 'a*.a.test', '**.a.test', '.a.test', '*.a.test;}'])
      expect([alias, ...(await patch('wild.test', { aliases: [alias] }, anna))]).toEqual([alias, 422, 'invalid_input'])
    expect(await add('*.a.test', anna)).toEqual([422, 'invalid_input'])
  })

  it('keeps other users from names directly below it, as site and as alias, in a plan too', async () => {
    for (const query of ['', '?plan=true']) {
      expect(await add('shop.wild.test', ben, [], query)).toEqual(taken)
      expect(await add('new.test', ben, ['shop.wild.test'], query)).toEqual(taken)
    }
    expect(await patch('shop.plain.test', { aliases: ['shop.wild.test'] }, ben)).toEqual(taken)
    expect(await add('new.test', ben, ['*.wild.test'])).toEqual(taken)
    expect([findSite(panel.ctx.db, 'new.test'), agent.asked('sites.apply')]).toEqual([null, []])
    expect(await add('a.b.wild.test', ben)).toEqual([201, 'a.b.wild.test'])
  })

  it('is refused above another user’s names, and above the administrators’', async () => {
    putSite(panel, 'admin.house.test', null)
    expect(await patch('wild.test', { aliases: ['*.plain.test'] }, anna)).toEqual(taken)
    expect(await add('plain.test', anna, ['*.plain.test'])).toEqual(taken)
    expect(await add('house.test', anna, ['*.house.test'])).toEqual(taken)
    expect(await add('plain.test', ben, ['*.plain.test'])).toEqual([201, 'plain.test'])
  })

  it('is one user’s with all names below, or as an administrator says; an owner may then change them', async () => {
    expect(await add('own.wild.test', anna)).toEqual([201, 'own.wild.test'])
    expect(await add('given.wild.test', { cookie: '' })).toEqual([401, 'not_signed_in'])
    const body = { domain: 'given.wild.test', runtime: 'static', owner: 'ben' }
    expect((await panel.call('POST /api/sites', { body })).status).toBe(201)
    expect(await patch('given.wild.test', { bodyLimitMb: 5 }, ben)).toEqual([200, []])
    expect(await patch('given.wild.test', { aliases: ['more.wild.test'] }, ben)).toEqual(taken)
    expect(await patch('wild.test', { bodyLimitMb: 5 }, anna)).toEqual([200, ['*.wild.test']])
  })

  it('may stand for the server’s own name, which nginx keeps from every site', async () => {
    const settings = { serverName: 'panel.wild.test' }
    expect((await panel.call('PATCH /api/settings', { body: settings })).status).toBe(200)
    expect(await patch('wild.test', { aliases: ['*.wild.test'], redirectWww: true }, anna)).toEqual([
      200,
      ['*.wild.test'],
    ])
    expect(await patch('wild.test', { aliases: ['panel.wild.test'] }, anna)).toEqual([422, 'domain_reserved'])
  })

  it('has pages that are purged by any of its addresses, and redirects that would go in circles', async () => {
    const page = { minutes: 5, bypassCookies: [] as string[], byDevice: false }
    const php = { runtime: 'php', phpVersion: '8.2', cache: { ...noCaches, page } } satisfies Partial<SiteSpec>
    putSite(panel, 'php.test', 'anna', { ...php, aliases: ['*.php.test'] })
    const cache = { path: '/api/sites/php.test/cache', headers: anna }
    const purge = async (address: string) =>
      (
        await panel.call('POST /api/sites/{site}/cache/purge', {
          ...cache,
          path: `${cache.path}/purge`,
          body: { address },
        })
      ).status
    expect([await purge('https://x.php.test/a'), await purge('https://a.x.php.test/a')]).toEqual([200, 422])
    const redirects = [{ from: '/a', to: 'https://x.php.test/a', status: 301, match: 'exact' }]
    const path = '/api/sites/php.test/redirects'
    const answer = await panel.call('PUT /api/sites/{site}/redirects', { path, body: { redirects }, headers: anna })
    expect([answer.status, answer.body.details?.issues[0].path]).toEqual([422, 'redirects.0.to'])
  })
})
