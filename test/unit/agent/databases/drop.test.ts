import { beforeEach, describe, expect, it } from 'vitest'
import { cancel, dropDatabase, dump, mariadb, nobody, own, refusal, task, withShop } from './_mariadb.ts'

describe('removing a database', () => {
  const remove = (more: object = {}) =>
    dropDatabase(
      { name: 'shop', users: ['ann'], dump, task, ...more },
      ({ step: name, percent }) => told.push([name, percent]),
      nobody,
    )
  let told: [string, number][] = []
  beforeEach(() => (told = []))

  it('dumps it first, then ends its users, then drops it', async () => {
    await withShop()
    expect(await remove()).toEqual({ bytes: 14 })
    expect(mariadb.done).toEqual(['dump shop', 'no login ann', `no login ${own('shop').username}`, 'drop shop'])
    expect(told).toEqual([
      ['Keeping a dump for 30 days', 0],
      ['Keeping a dump for 30 days', 45],
      ['Removing the database and its users', 90],
    ])
    expect([mariadb.databases.size, mariadb.logins.size, mariadb.dumps.get(dump)]).toEqual([0, 0, 'what was there'])
  })

  it('without a dump writes none', async () => {
    await withShop()
    expect(await remove({ dump: null })).toEqual({ bytes: null })
    expect([mariadb.done.includes('dump shop'), mariadb.databases.size]).toEqual([false, 0])
  })

  it('that cannot be dumped, or is cancelled meanwhile, leaves everything', async () => {
    await withShop()
    mariadb.refuse.set('dump shop', refusal('dump_failed'))
    await expect(remove()).rejects.toMatchObject({ code: 'dump_failed' })
    mariadb.refuse.clear()
    mariadb.dumping = () => Promise.resolve(void cancel(task))
    await expect(remove()).rejects.toMatchObject({ code: 'cancelled' })
    expect([mariadb.databases.get('shop')?.content, mariadb.logins.size]).toEqual(['what was there', 2])
  })

  it('asked for again, however far it was, still knows its dump', async () => {
    await withShop()
    await remove()
    expect(await remove()).toEqual({ bytes: 14 })
    expect(await remove({ dump: 'e'.repeat(32) }), 'and of one that never was there is none').toEqual({ bytes: null })
  })
})
