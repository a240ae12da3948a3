import { describe, expect, it } from 'vitest'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { databaseOf, newDatabases, panelWithMariadb } from '../_mariadb.ts'

describe('running statements', () => {
  it('are seen and ended', async () => {
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    const of = databaseOf(panel, 'shop')
    expect((await of('GET', '/queries')).body).toEqual([
      { id: 7, username: 'ann', seconds: 3, state: 'Sending data', sql: 'SELECT 1' },
    ])
    expect((await of('DELETE', '/queries/7')).status).toBe(204)
    expect(await of('DELETE', '/queries/8')).toMatchObject({ status: 404, body: { code: 'query_not_found' } })
    for (const id of ['0', '-1', '7;', '7 OR 1=1', '0x7', '1e3', '9'.repeat(16)])
      expect(await of('DELETE', `/queries/${encodeURIComponent(id)}`), id).toMatchObject({ status: 422 })
    expect(mariadb.asked('databases.endQuery')).toEqual([
      { name: 'shop', id: 7 },
      { name: 'shop', id: 8 },
    ])
    expect(listAuditEntries(ctx.db, 9).filter(({ ok, action }) => ok && action === 'database.query.end')).toMatchObject(
      [{ before: { sql: 'SELECT 1' } }],
    )
    for (const [method, below] of [
      ['GET', '/queries'],
      ['DELETE', '/queries/7'],
    ] as const)
      expect((await databaseOf(panel, 'none')(method, below)).body.code).toBe('database_not_found')
  })
})
