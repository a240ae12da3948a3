import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { pendingDatabase } from '../../../lib/panel/databases/change.ts'
import { resumePending } from '../../../lib/panel/pending-changes/resume.ts'
import { passwordHash } from '../../../lib/model/databases/password.ts'
import {
  beginDatabase,
  beginDatabaseChange,
  beginDatabaseRemoval,
  findDatabase,
  type KeptSpec,
} from '../../../lib/panel/store/databases.ts'
import { refuse } from '../_agent.ts'
import { databaseOf, newDatabases, panelWithMariadb, stored } from '../_mariadb.ts'

/** Silences messages that the log would have, and the tests need not. */
function quietly(): { log: ReturnType<typeof vi.spyOn>; error: ReturnType<typeof vi.spyOn> } {
  const spies = { log: vi.spyOn(console, 'log').mockReturnValue(), error: vi.spyOn(console, 'error').mockReturnValue() }
  onTestFinished(() => Object.values(spies).forEach((spy) => spy.mockRestore()))
  return spies as never
}

describe('a panel that died in the middle', () => {
  const now = '2026-11-23T00:00:00.000Z'
  const user = (username: string, password = 'x') => ({
    username,
    grant: 'all' as const,
    hash: passwordHash(password),
    createdAt: now,
  })
  const spec = (name: string, ...users: string[]): KeptSpec => ({
    name,
    charset: 'utf8mb4',
    full: false,
    users: users.map((each) => user(each)),
  })

  it('ends what it had begun when it is back', async () => {
    const { log } = quietly()
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'blog', user: 'ann' }, { name: 'old', user: 'eve' })
    mariadb.reset()
    beginDatabase(ctx.db, { spec: spec('shop', 'bob'), site: null, owner: null, now }, null, null)
    beginDatabaseChange(ctx.db, spec('blog', 'zoe'))
    beginDatabaseRemoval(ctx.db, 'old', 'a'.repeat(32))
    expect((await databaseOf(panel, 'blog')('GET')).body).toMatchObject({ state: 'applying' })
    await resumePending(ctx, { database: pendingDatabase })
    expect(mariadb.asked('databases.apply')).toEqual([
      {
        database: {
          name: 'blog',
          charset: 'utf8mb4',
          full: false,
          users: [{ username: 'zoe', grant: 'all', hash: passwordHash('x') }],
        },
        gone: ['ann'],
      },
      {
        database: {
          name: 'shop',
          charset: 'utf8mb4',
          full: false,
          users: [{ username: 'bob', grant: 'all', hash: passwordHash('x') }],
        },
        gone: [],
      },
    ])
    expect(mariadb.asked('databases.remove')).toMatchObject([{ name: 'old', users: ['eve'], dump: 'a'.repeat(32) }])
    expect(stored(panel)).toMatchObject({
      databases: [{ name: 'blog' }, { name: 'shop' }],
      pending_changes: [],
      database_users: [
        { username: 'bob', database: 'shop' },
        { username: 'zoe', database: 'blog' },
      ],
      dumps: [{ id: 'a'.repeat(32), database: 'old', reason: 'deleted', bytes: 4242 }],
    })
    expect(log.mock.calls.flat()).toEqual(
      ['blog: ended the update', 'old: ended the delete', 'shop: ended the create'].map(
        (what) => `${what} that a restart had cut off`,
      ),
    )
  })

  it('goes back to before where that is refused', async () => {
    const { error } = quietly()
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'blog', user: 'ann' })
    const before = stored(panel)
    mariadb.answers['databases.apply'] = refuse('mariadb_full')
    mariadb.answers['databases.remove'] = refuse('dump_failed', 503)
    beginDatabase(ctx.db, { spec: spec('shop', 'bob'), site: null, owner: null, now }, null, null)
    beginDatabaseChange(ctx.db, spec('blog', 'zoe'))
    await resumePending(ctx, { database: pendingDatabase })
    expect(stored(panel)).toEqual(before)
    beginDatabaseRemoval(ctx.db, 'blog', null)
    await resumePending(ctx, { database: pendingDatabase })
    expect(stored(panel)).toEqual(before)
    expect(error.mock.calls.flat()).toHaveLength(3)
  })

  it('waits for a MariaDB that does not answer yet, as it may have what would be taken back', async () => {
    quietly()
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { ctx, mariadb } = await panelWithMariadb()
    let state: 'stopped' | 'running' = 'stopped'
    mariadb.answers.health = () => ({
      services: [{ name: 'mariadb', state, problem: null }],
      failedPhp: [],
      systemd: true,
      recovered: null,
    })
    beginDatabase(ctx.db, { spec: spec('shop'), site: null, owner: null, now }, null, null)
    let over = false
    const going = resumePending(ctx, { database: pendingDatabase }).then(() => (over = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect([over, mariadb.order()]).toEqual([false, []])
    state = 'running'
    vi.useRealTimers()
    await going
    expect(findDatabase(ctx.db, 'shop')?.pending).toBeNull()
  }, 20_000)

  it('with nothing begun asks for nothing', async () => {
    const { panel, ctx, mariadb } = await panelWithMariadb()
    await newDatabases(panel, { name: 'shop' })
    mariadb.reset()
    await resumePending(ctx, { database: pendingDatabase })
    expect([mariadb.order(), mariadb.asked('health')]).toEqual([[], []])
  })
})
