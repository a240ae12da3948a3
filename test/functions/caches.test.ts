import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { findSite } from '../../lib/panel/store/sites.ts'
import { refuse, withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

let panel: Panel
let agent: FakeAgent
let problem: string | null

const user = 's-shop-test-54ec2ffb'
const path = (rest = '') => ({ path: `/api/sites/shop.test/cache${rest}` })
const put = (body: object, headers = {}) => panel.call('PUT /api/sites/{site}/cache', { ...path(), body, headers })
const get = (headers = {}) => panel.call('GET /api/sites/{site}/cache', { ...path(), headers })
const post = (what: 'flush' | 'purge' | 'password', body?: object) =>
  panel.call(`POST /api/sites/{site}/cache/${what}`, { ...path(`/${what}`), body })
const stored = () => findSite(panel.ctx.db, 'shop.test')!.spec.cache

beforeEach(async () => {
  panel = await openPanel()
  problem = null
  agent = withAgent(panel.ctx, {
    'caches.usage': ({ redis, page }) => ({
      redis: redis && !problem ? { keys: 3, bytes: 300 } : null,
      page: page ? { pages: 2, bytes: 2000, hits: 8, misses: 2, others: 1 } : null,
      problem,
    }),
    'caches.flush': () => ({ keys: 3 }),
    'caches.flushPages': () => ({ pages: 2 }),
  })
  await panel.signIn()
  putSite(panel, 'shop.test', null, { runtime: 'php', phpVersion: '8.2' })
})

describe('a site’s caches', () => {
  it('are off at first, and nobody is asked for them', async () => {
    expect((await get()).body).toEqual({ redis: null, page: null, problem: null })
    expect((await panel.call('GET /api/sites/{site}', { path: '/api/sites/shop.test' })).body.cache).toEqual({
      redis: false,
      page: null,
    })
  })

  it('Redis tells its password once, and only its hash is kept', async () => {
    const { status, body } = await put({ redis: true })
    expect([status, body.problem, body.page]).toEqual([200, null, null])
    const { password, ...rest } = body.redis
    expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/)
    expect(rest).toEqual({
      enabled: true,
      username: user,
      prefix: `${user}:`,
      host: '127.0.0.1',
      port: 6379,
      socket: '/run/redis/redis-server.sock',
      scripts: true,
      keys: 3,
      bytes: 300,
    })
    expect(stored()).toEqual({
      redis: { hash: createHash('sha256').update(password).digest('hex') },
      page: null,
      scripts: true,
    })
    expect((await get()).body.redis).toEqual(rest)
    expect((await put({ redis: true })).body.redis, 'turning on what is on changes nothing').toEqual(rest)
    const shown = JSON.stringify([await panel.call('GET /api/sites'), (await panel.call('GET /api/audit')).body])
    expect(shown).not.toContain(password)
    expect(shown).not.toContain(stored().redis!.hash)
  })

  it('a new password replaces the old one', async () => {
    const first = (await put({ redis: true })).body.redis.password
    const { status, body } = await post('password')
    expect([status, body.redis.password === first, body.redis.username]).toEqual([200, false, user])
    expect(stored().redis!.hash).toBe(createHash('sha256').update(body.redis.password).digest('hex'))
  })

  it('what is left out is off, and what the machine refuses stays', async () => {
    await put({ redis: true, page: { minutes: 10, bypassCookies: ['cart'] } })
    expect((await get()).body.page).toEqual({
      minutes: 10,
      bypassCookies: ['cart'],
      byDevice: false,
      pages: 2,
      bytes: 2000,
      hits: 8,
      misses: 2,
      others: 1,
    })
    agent.answers['sites.apply'] = refuse('nginx_check_failed')
    expect((await put({})).body.code).toBe('nginx_check_failed')
    expect(stored().page).toEqual({ minutes: 10, bypassCookies: ['cart'], byDevice: false })
    delete agent.answers['sites.apply']
    expect((await put({})).body).toEqual({ redis: null, page: null, problem: null })
    expect(stored()).toEqual({ redis: null, page: null, scripts: true })
  })

  it('a Redis that is down is told of, and the rest answers', async () => {
    await put({ redis: true, page: { minutes: 10 } })
    problem = 'Redis does not run'
    expect((await get()).body).toMatchObject({
      redis: { keys: null, bytes: null, username: user },
      page: { pages: 2 },
      problem: 'Redis does not run',
    })
  })

  it('can be planned', async () => {
    expect(
      (
        await panel.call('PUT /api/sites/{site}/cache', {
          path: '/api/sites/shop.test/cache?plan=true',
          body: { redis: true },
        })
      ).body,
    ).toEqual({ changes: [] })
    expect(agent.order()).toEqual(['sites.plan'])
    expect(stored().redis).toBeNull()
  })

  it('survive a change of the site’s other settings', async () => {
    await put({ redis: true, page: { minutes: 10 } })
    const before = stored()
    expect(
      (await panel.call('PATCH /api/sites/{site}', { path: '/api/sites/shop.test', body: { bodyLimitMb: 5 } })).body
        .cache,
    ).toEqual({ redis: true, page: { minutes: 10, bypassCookies: [], byDevice: false } })
    expect(stored()).toEqual(before)
  })

  it.each([
    [{ page: { minutes: 0 } }, 'page.minutes'],
    [{ page: { minutes: 5, bypassCookies: ['$(id)'] } }, 'page.bypassCookies.0'],
    [{ page: { minutes: 5, bypassCookies: ['a\n;}'] } }, 'page.bypassCookies.0'],
    [{ page: { minutes: 5, bypassCookies: ['../x'] } }, 'page.bypassCookies.0'],
    [{ page: { minutes: 5, bypassCookies: Array(21).fill('a') } }, 'page.bypassCookies'],
    [{ redis: 'yes' }, 'redis'],
    [{ hash: 'x' }, 'hash'],
  ])('%j is refused', async (body, at) => {
    const { status, body: answer } = await put(body)
    expect([status, answer.code, answer.details.issues[0].path]).toEqual([422, 'invalid_input', at])
    expect(agent.calls).toEqual([])
  })

  it('a static site keeps no pages', async () => {
    putSite(panel, 'files.test', null)
    const { status, body } = await panel.call('PUT /api/sites/{site}/cache', {
      path: '/api/sites/files.test/cache',
      body: { page: { minutes: 5 } },
    })
    expect([status, body.code]).toEqual([422, 'invalid_input'])
  })
})

describe('emptying', () => {
  it('asks for what is on', async () => {
    expect((await post('flush')).body.code).toBe('redis_off')
    expect((await post('password')).body.code).toBe('redis_off')
    expect((await post('purge', {})).body.code).toBe('page_cache_off')
  })

  it('answers how much went', async () => {
    await put({ redis: true, page: { minutes: 10 } })
    agent.reset()
    expect((await post('flush')).body).toEqual({ keys: 3 })
    expect((await post('purge', {})).body).toEqual({ pages: 2 })
    expect((await post('purge', { address: 'https://shop.test/a/?x=1' })).body).toEqual({ pages: 2 })
    expect(agent.calls).toEqual([
      ['caches.flush', { domain: 'shop.test' }],
      ['caches.flushPages', { domain: 'shop.test', path: null }],
      ['caches.flushPages', { domain: 'shop.test', path: '/a/' }],
    ])
  })

  it.each(['$(id)', '/a\nb', '../x', 'https://evil.test/', '//evil.test/', 'x'.repeat(3000)])(
    'refuses the address %j',
    async (address) => {
      await put({ page: { minutes: 10 } })
      agent.reset()
      expect((await post('purge', { address })).body.code).toBe('invalid_input')
      expect(agent.calls).toEqual([])
    },
  )
})

it('belongs to whom the site belongs', async () => {
  const other = await newUser(panel, 'other')
  expect((await get(other)).body.code).toBe('site_not_found')
  expect((await put({ redis: true }, other)).body.code).toBe('site_not_found')
  expect(stored().redis).toBeNull()
})
