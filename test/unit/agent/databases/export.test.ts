import { describe, expect, it } from 'vitest'
import { dump, exportDatabase, mariadb, nobody, task, withShop } from './_mariadb.ts'

describe('an export', () => {
  it('is of a database that is there', async () => {
    await expect(
      exportDatabase({ name: 'shop', dump, compression: 'none', most: null, task }, () => {}, nobody),
    ).rejects.toMatchObject({ code: 'database_missing' })
    await withShop()
    const told: number[] = []
    expect(
      await exportDatabase(
        { name: 'shop', dump, compression: 'none', most: null, task },
        ({ percent }) => told.push(percent),
        nobody,
      ),
    ).toEqual({ bytes: 14 })
    expect([told, mariadb.dumps.get(dump)]).toEqual([[0, 50], 'what was there'])
  })
})
