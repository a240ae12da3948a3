import { describe, expect, it } from 'vitest'
import { refuse } from '../_agent.ts'
import { DAY, id, withShop } from './_shop.ts'

describe('an export that is kept', () => {
  it.each(['none', 'gzip', 'zstd'] as const)('is written for a day: %s', async (compression) => {
    const { of, call, mariadb } = await withShop()
    const { body } = await of('POST', '/export', { body: { compression } })
    expect([body.state, body.result]).toEqual([
      'done',
      {
        id,
        database: 'shop',
        reason: 'export',
        compression,
        bytes: 99,
        owner: null,
        createdAt: expect.any(String),
        keptUntil: expect.any(String),
      },
    ])
    expect(Date.parse(body.result.keptUntil) - Date.parse(body.result.createdAt)).toBe(DAY)
    expect(mariadb.asked('databases.export')).toEqual([
      { name: 'shop', dump: body.result.id, compression, most: null, task: body.id },
    ])
    expect((await call('GET /api/dumps')).body).toEqual([body.result])
  })

  it('is zstd where nothing is said, and nothing else there is', async () => {
    const { of, mariadb } = await withShop()
    await of('POST', '/export', { body: {} })
    expect(mariadb.asked('databases.export')).toMatchObject([{ compression: 'zstd' }])
    for (const body of [{ compression: 'xz' }, { compression: '-c' }, { compression: ['gzip'] }, { x: 1 }])
      expect((await of('POST', '/export', { body })).status, JSON.stringify(body)).toBe(422)
  })

  it('that fails is none', async () => {
    const { of, call } = await withShop({ 'databases.export': refuse('disk_full') })
    expect((await of('POST', '/export', { body: {} })).body).toMatchObject({
      state: 'failed',
      error: { code: 'disk_full' },
    })
    expect((await call('GET /api/dumps')).body).toEqual([])
  })
})
