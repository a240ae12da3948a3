import { describe, expect, it } from 'vitest'
import { PanelError } from '../../../lib/model/errors.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { refuse } from '../_agent.ts'
import { databaseOf, newDatabases, panelWithMariadb, stored } from '../_mariadb.ts'
import { nothingStored } from './_expected.ts'

describe('what the agent refuses', () => {
  it('is not kept: a new database', async () => {
    const { panel, call, ctx } = await panelWithMariadb({ 'databases.apply': refuse('mariadb_down') })
    expect(await call('POST /api/databases', { body: { name: 'shop', user: 'ann' } })).toMatchObject({
      status: 503,
      body: { code: 'mariadb_down' },
    })
    expect(stored(panel)).toEqual(nothingStored)
    expect(listAuditEntries(ctx.db, 1)).toMatchObject([{ action: 'database.create', ok: false, code: 'mariadb_down' }])
  })

  it('is not kept: a change of its users', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop', user: 'ann' })
    const before = stored(panel)
    mariadb.answers['databases.apply'] = refuse('username_taken')
    const of = databaseOf(panel, 'shop')
    expect((await of('POST', '/users', { body: { username: 'bob', grant: 'read' } })).body.code).toBe('username_taken')
    expect((await of('PATCH', '/users/ann', { body: { grant: 'read', rotatePassword: true } })).body.code).toBe(
      'username_taken',
    )
    expect((await of('DELETE', '/users/ann')).body.code).toBe('username_taken')
    expect(stored(panel)).toEqual(before)
  })

  it('leaves a user’s name with its database until MariaDB has let it go', async () => {
    const { panel, call, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop', user: 'ann' }, { name: 'blog' })
    let refuseIt!: () => void
    mariadb.answers['databases.apply'] = ({ gone }) =>
      gone.length === 0
        ? { changes: [] }
        : new Promise((_, reject) => (refuseIt = () => reject(new PanelError('mariadb_down', 503, 'No'))))
    const going = databaseOf(panel, 'shop')('DELETE', '/users/ann')
    await expect.poll(() => refuseIt).toBeDefined()
    expect(
      (await databaseOf(panel, 'blog')('POST', '/users', { body: { username: 'ann', grant: 'all' } })).body.code,
    ).toBe('username_taken')
    refuseIt()
    expect((await going).body.code).toBe('mariadb_down')
    expect(
      (await call('GET /api/databases')).body.map(({ name, state, users }: Record<string, unknown>) => [
        name,
        state,
        users,
      ]),
    ).toEqual([
      ['blog', 'active', 0],
      ['shop', 'active', 1],
    ])
    delete mariadb.answers['databases.apply']
    expect((await databaseOf(panel, 'shop')('DELETE', '/users/ann')).status).toBe(204)
    expect(
      (await databaseOf(panel, 'blog')('POST', '/users', { body: { username: 'ann', grant: 'all' } })).status,
      'then it is free',
    ).toBe(201)
  })

  it('is asked once more of an agent that was lost in the middle', async () => {
    const { panel, mariadb } = await panelWithMariadb()
    let lost = 1
    mariadb.answers['databases.apply'] = () => (lost-- > 0 ? refuse('agent_lost')() : { changes: [] })
    await newDatabases(panel, { name: 'shop' })
    expect(mariadb.asked('databases.apply')).toHaveLength(2)
    lost = 2
    expect(
      (await databaseOf(panel, 'shop')('POST', '/users', { body: { username: 'ann', grant: 'all' } })).body.code,
    ).toBe('agent_lost')
    expect((await databaseOf(panel, 'shop')('GET')).body).toMatchObject({ state: 'active', users: [] })
  })
})
