import { beforeEach, describe, expect, it, vi } from 'vitest'
import { PanelError } from '../../lib/model/errors.ts'
import type { Amount } from '../../lib/panel/store/usage.ts'
import { beginPending, endPending } from '../../lib/panel/store/pending-changes.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { lookAtStorage } from '../../lib/panel/storage/look.ts'
import type { Panel } from './_harness.ts'
import { panelWithMariadb, type Mariadb } from './_mariadb.ts'
import { newUser, putSite } from './_users.ts'

const MIB = 1024 * 1024
const MINUTE = 60_000
let panel: Panel
let mariadb: Mariadb
/** Use of each site. */
let used: Record<string, Amount>
let databaseBytes: Record<string, number>
let now: number
beforeEach(async () => {
  vi.stubEnv('HOSTING_PANEL_WEBSITES', '/')
  used = {}
  databaseBytes = {}
  now = Date.now()
  ;({ panel, mariadb } = await panelWithMariadb({
    'sites.usage': ({ domains }) => ({ sites: domains.map((domain) => used[domain] ?? { bytes: MIB, files: 10 }) }),
    'databases.usage': ({ names }) => ({
      usage: names.map((name) => ({ bytes: databaseBytes[name] ?? 0, tables: 1 })),
    }),
    'sites.hold': () => ({ held: false }),
  }))
})

const look = (domains?: string[]) => lookAtStorage(panel.ctx, (now += MINUTE), domains)
const patch = (domain: string, body: object, headers = {}) =>
  panel.call('PATCH /api/sites/{site}', { path: `/api/sites/${domain}`, body, headers })
const storageOf = async (domain: string) =>
  (await panel.call('GET /api/sites/{site}/storage', { path: `/api/sites/${domain}/storage` })).body
const stateOf = async (domain: string): Promise<string> => (await storageOf(domain)).state
const alertKeys = () => listAlerts(panel.ctx.db).map(({ key }) => key)
const applied = () =>
  mariadb
    .asked('sites.apply')
    .map(({ desired }) => (desired.ensure === 'present' ? `${desired.spec.domain} ${desired.spec.storage}` : ''))

describe('a site', () => {
  it('that reaches its limit is full until it uses less, and is told of as long', async () => {
    putSite(panel, 'shop.test', null)
    expect((await patch('shop.test', { diskMb: 100, files: 500 })).body).toMatchObject({ diskMb: 100, files: 500 })
    expect(await storageOf('shop.test')).toEqual({
      state: 'ok',
      used: null,
      most: { diskMb: 100, files: 500 },
      measuredAt: null,
    })
    mariadb.reset()
    used['shop.test'] = { bytes: 100 * MIB, files: 20 }
    await look()
    expect([applied(), alertKeys()]).toEqual([['shop.test full'], ['storage:shop.test']])
    expect(await storageOf('shop.test')).toMatchObject({
      state: 'full',
      used: { filesMb: 100, databasesMb: 0, files: 20 },
    })
    used['shop.test'] = { bytes: 96 * MIB, files: 20 }
    await look()
    expect(applied()).toEqual(['shop.test full'])
    used['shop.test'] = { bytes: 94 * MIB, files: 20 }
    expect(
      (await panel.call('POST /api/sites/{site}/storage/measure', { path: '/api/sites/shop.test/storage/measure' }))
        .body,
    ).toMatchObject({ state: 'ok' })
    expect([applied(), alertKeys()]).toEqual([['shop.test full', 'shop.test ok'], ['storage:shop.test']])
    used['shop.test'] = { bytes: 10 * MIB, files: 20 }
    await look()
    expect(alertKeys()).toEqual([])
  })

  it('has its databases counted and held with its files', async () => {
    putSite(panel, 'shop.test', null)
    await patch('shop.test', { diskMb: 100 })
    expect(
      (await panel.call('POST /api/databases', { body: { name: 'shop', site: 'shop.test', user: 'ann' } })).status,
    ).toBe(201)
    used['shop.test'] = { bytes: 60 * MIB, files: 1 }
    databaseBytes.shop = 40 * MIB
    await look()
    expect([await stateOf('shop.test'), mariadb.databases.get('shop')!.full]).toEqual(['full', true])
    expect((await panel.call('GET /api/databases/{db}', { path: '/api/databases/shop' })).body.state).toBe('full')
    databaseBytes.shop = MIB
    await look()
    expect([await stateOf('shop.test'), mariadb.databases.get('shop')!.full]).toEqual(['ok', false])
  })

  it('may use half of the disk when nobody says otherwise', async () => {
    putSite(panel, 'shop.test', null)
    await look()
    expect((await storageOf('shop.test')).most.diskMb).toBeGreaterThan(100)
    expect(mariadb.asked('sites.hold')[0]!.sites).toEqual([
      expect.objectContaining({ domain: 'shop.test', diskMb: expect.any(Number) as number }),
    ])
  })

  it('that is being changed has its turn at the next look; a refusal is told and keeps nobody waiting', async () => {
    for (const domain of ['busy.test', 'shop.test', 'wrong.test']) {
      putSite(panel, domain, null)
      await patch(domain, { diskMb: 100 })
      used[domain] = { bytes: 200 * MIB, files: 1 }
    }
    beginPending(panel.ctx.db, { kind: 'site', name: 'busy.test', change: 'update' })
    mariadb.answers['sites.apply'] = ({ desired }) => {
      if (desired.ensure === 'present' && desired.spec.domain === 'wrong.test')
        throw new PanelError('nginx_check_failed', 422, 'nginx said no')
      return { changes: [] }
    }
    expect(await look()).toEqual([
      { name: 'wrong.test', error: expect.objectContaining({ message: 'nginx said no' }) as unknown },
    ])
    expect(
      (await panel.call('POST /api/sites/{site}/storage/measure', { path: '/api/sites/wrong.test/storage/measure' }))
        .body.code,
    ).toBe('nginx_check_failed')
    expect([await stateOf('busy.test'), await stateOf('shop.test'), await stateOf('wrong.test')]).toEqual([
      'ok',
      'full',
      'ok',
    ])
    endPending(panel.ctx.db, 'site', 'busy.test')
    delete mariadb.answers['sites.apply']
    await look()
    expect([await stateOf('busy.test'), await stateOf('wrong.test')]).toEqual(['full', 'full'])
  })
})

describe('a person', () => {
  it('who uses all they may has all their sites and databases held, and nobody else’s', async () => {
    await newUser(panel, 'ann', { diskMb: 100 })
    for (const [domain, owner] of [
      ['a.test', 'ann'],
      ['b.test', 'ann'],
      ['c.test', null],
    ] as const)
      putSite(panel, domain, owner)
    expect((await panel.call('POST /api/databases', { body: { name: 'own', owner: 'ann' } })).status).toBe(201)
    used = {
      'a.test': { bytes: 50 * MIB, files: 1 },
      'b.test': { bytes: 20 * MIB, files: 1 },
      'c.test': { bytes: 900 * MIB, files: 1 },
    }
    databaseBytes.own = 20 * MIB
    await look()
    expect([await stateOf('a.test'), mariadb.databases.get('own')!.full]).toEqual(['ok', false])
    const holds = mariadb.asked('sites.hold').at(-1)!.sites
    expect(holds.find(({ domain }) => domain === 'b.test')).toMatchObject({ diskMb: 30 })
    databaseBytes.own = 31 * MIB
    await look(['a.test'])
    await look()
    expect([
      await stateOf('a.test'),
      await stateOf('b.test'),
      await stateOf('c.test'),
      mariadb.databases.get('own')!.full,
    ]).toEqual(['full', 'full', 'ok', true])
    expect(listAlerts(panel.ctx.db).find(({ key }) => key === 'storage:b.test')!.message).toContain(
      'ann, the owner of b.test, uses 101 of the 100 MB',
    )
    databaseBytes.own = MIB
    await look()
    expect([await stateOf('a.test'), mariadb.databases.get('own')!.full]).toEqual(['ok', false])
  })

  it('sees the storage of their sites, measures them, and cannot raise their limits', async () => {
    const ann = await newUser(panel, 'ann')
    putSite(panel, 'a.test', 'ann')
    putSite(panel, 'c.test', null)
    const measure = (domain: string) =>
      panel.call('POST /api/sites/{site}/storage/measure', {
        path: `/api/sites/${domain}/storage/measure`,
        headers: ann,
      })
    expect([(await measure('a.test')).status, (await measure('c.test')).status]).toEqual([200, 404])
    expect((await patch('a.test', { diskMb: 1_000_000 }, ann)).body.code).toBe('field_not_allowed')
  })
})

describe('measuring', () => {
  it('takes a twentieth of the time at most; those near their limit are measured each minute', async () => {
    for (const domain of ['near.test', 'far.test']) putSite(panel, domain, null)
    await patch('near.test', { diskMb: 100 })
    used['near.test'] = { bytes: 85 * MIB, files: 1 }
    mariadb.answers['sites.usage'] = async ({ domains }) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      return { sites: domains.map((domain) => used[domain] ?? { bytes: MIB, files: 1 }) }
    }
    await look()
    await panel.ctx.kv.set('storage:next', now + 10 * MINUTE, null)
    mariadb.reset()
    await look()
    expect(mariadb.asked('sites.usage').map(({ domains }) => domains)).toEqual([['near.test']])
    now += 10 * MINUTE
    await look()
    expect(mariadb.asked('sites.usage').at(-1)!.domains.toSorted()).toEqual(['far.test', 'near.test'])
    expect(await panel.ctx.kv.get<number>('storage:next', 0)).toBeGreaterThan(now)
  })
})
