import { describe, expect, it } from 'vitest'
import { deriveDatabaseAccount } from '../../../../lib/drivers/mariadb/database-account.ts'

describe('a database’s own account', () => {
  it('is always the same, and another for each database and server', () => {
    const own = deriveDatabaseAccount('shop', 'a'.repeat(64))
    expect(own).toEqual({ username: 'hosting-panel-db-8d9001d32c6a', password: expect.stringMatching(/^[\w-]{43}$/) })
    expect(deriveDatabaseAccount('shop', 'a'.repeat(64))).toEqual(own)
    const others = [deriveDatabaseAccount('Shop', 'a'.repeat(64)), deriveDatabaseAccount('shop2', 'a'.repeat(64))]
    expect(new Set([own, ...others].map(({ username }) => username)).size).toBe(3)
    expect(new Set([own, ...others].map(({ password }) => password)).size).toBe(3)
    expect(deriveDatabaseAccount('shop', 'b'.repeat(64))).toEqual({
      username: own.username,
      password: expect.not.stringMatching(own.password),
    })
  })
  it('has a name that MariaDB takes, whatever the database’s is', () => {
    for (const name of ['x'.repeat(64), "';--", '`', '../', '\u{1f600}']) {
      const { username, password } = deriveDatabaseAccount(name, 'a'.repeat(64))
      expect([username, username.length <= 32, /^[\w-]+$/.test(password)]).toEqual([
        expect.stringMatching(/^hosting-panel-db-[0-9a-f]{12}$/),
        true,
        true,
      ])
    }
  })
})
