import type { Grant } from '../../../../lib/model/databases/schema.ts'
import { describe, expect, it } from 'vitest'
import { passwordHash } from '../../../../lib/model/databases/password.ts'
import {
  account,
  alterDatabase,
  createDatabase,
  createDumper,
  createUsers,
  dropDatabase,
  dropUser,
  endConnections,
  grantTo,
  identifier,
  limitConnections,
  revokeAll,
  setPassword,
} from '../../../../lib/drivers/mariadb/statements.ts'

const rights = (grant: Grant) => ({ grant, full: false })

describe('statements', () => {
  const hash = passwordHash('secret')

  it('keep a password as MariaDB does', () => expect(hash).toBe('*14E65567ABDB5135D0CFD9A70B3032C179A49EE7'))

  it('about databases', () => {
    expect(createDatabase('shop', 'utf8mb4')).toBe('CREATE DATABASE `shop` CHARACTER SET utf8mb4')
    expect(alterDatabase('shop_1-a', 'latin1')).toBe('ALTER DATABASE `shop_1-a` CHARACTER SET latin1')
    expect(dropDatabase('shop')).toBe('DROP DATABASE IF EXISTS `shop`')
  })

  it('about accounts', () => {
    expect(createUsers([{ username: 'ann', hash }], 'my_shop', rights('all'), 15)).toBe(
      `GRANT ALL PRIVILEGES ON \`my\\_shop\`.* TO 'ann'@'localhost' IDENTIFIED BY PASSWORD '${hash}' WITH ` +
        'MAX_USER_CONNECTIONS 15',
    )
    const two = ['ann', 'bob'].map((username) => ({ username, hash }))
    expect(createUsers(two, 'shop', rights('read'), 0)).toBe(
      `GRANT SELECT, SHOW VIEW ON \`shop\`.* TO 'ann'@'localhost' IDENTIFIED BY PASSWORD '${hash}', ` +
        `'bob'@'localhost' IDENTIFIED BY PASSWORD '${hash}' WITH MAX_USER_CONNECTIONS 0`,
    )
    expect(limitConnections('ann', 7)).toBe(`ALTER USER 'ann'@'localhost' WITH MAX_USER_CONNECTIONS 7`)
    expect(setPassword('ann', hash)).toBe(`ALTER USER 'ann'@'localhost' IDENTIFIED BY PASSWORD '${hash}'`)
    expect(dropUser('ann')).toBe("DROP USER IF EXISTS 'ann'@'localhost'")
    expect(endConnections('ann')).toBe("KILL HARD CONNECTION USER 'ann'@'localhost'")
    expect(revokeAll('ann')).toBe("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'ann'@'localhost'")
  })

  it('about what an account may', () => {
    expect(grantTo('ann', 'shop', rights('read'))).toBe("GRANT SELECT, SHOW VIEW ON `shop`.* TO 'ann'@'localhost'")
    expect(grantTo('ann', 'shop', rights('write'))).toBe(
      'GRANT SELECT, SHOW VIEW, INSERT, UPDATE, DELETE, EXECUTE, LOCK TABLES, CREATE TEMPORARY TABLES ON ' +
        "`shop`.* TO 'ann'@'localhost'",
    )
    expect(grantTo('ann', 'shop', rights('all'))).toBe("GRANT ALL PRIVILEGES ON `shop`.* TO 'ann'@'localhost'")
  })

  it('about what it may while its database is full: read and remove', () => {
    const full = (grant: Grant) => grantTo('ann', 'shop', { grant, full: true })
    expect(full('read')).toBe("GRANT SELECT, SHOW VIEW ON `shop`.* TO 'ann'@'localhost'")
    expect(full('write')).toBe("GRANT SELECT, SHOW VIEW, DELETE, LOCK TABLES ON `shop`.* TO 'ann'@'localhost'")
    expect(full('all')).toBe("GRANT SELECT, SHOW VIEW, DELETE, LOCK TABLES, DROP ON `shop`.* TO 'ann'@'localhost'")
  })

  it('grant one database alone, and not those whose names `_` and `%` would match too', () => {
    expect(grantTo('ann', 'a_b', rights('all'))).toBe("GRANT ALL PRIVILEGES ON `a\\_b`.* TO 'ann'@'localhost'")
    expect(grantTo('ann', '%', rights('all'))).toBe("GRANT ALL PRIVILEGES ON `\\%`.* TO 'ann'@'localhost'")
    expect(grantTo('ann', 'a\\_b`.*', rights('read'))).toBe(
      "GRANT SELECT, SHOW VIEW ON `a\\\\\\_b``.*`.* TO 'ann'@'localhost'",
    )
  })

  it('double backticks in names', () => {
    expect(identifier('a`b')).toBe('`a``b`')
    expect(dropDatabase('`; DROP DATABASE mysql; --')).toBe('DROP DATABASE IF EXISTS ```; DROP DATABASE mysql; --`')
  })

  it('for who dumps', () => {
    expect(createDumper('hosting-panel-dump')).toEqual([
      "CREATE USER IF NOT EXISTS 'hosting-panel-dump'@'localhost' IDENTIFIED VIA unix_socket",
      'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES, PROCESS ON *.* TO ' +
        "'hosting-panel-dump'@'localhost' WITH MAX_USER_CONNECTIONS 20",
    ])
  })

  it.each(["'", "a'@'%", '\\', 'a\nb', 'a\0b', 'ä', '\u{1f600}', '\x7f', '’'])(
    'take no name that needs an escape: %j',
    (name) => {
      for (const build of [account, dropUser, endConnections, revokeAll])
        expect(() => build(name)).toThrow('not a plain literal')
      expect(() => createUsers([{ username: name, hash }], 'shop', rights('read'), 1)).toThrow('not a plain literal')
      expect(() => createUsers([{ username: 'ann', hash: name }], 'shop', rights('read'), 1)).toThrow(
        'not a plain literal',
      )
      expect(() => setPassword('ann', name)).toThrow('not a plain literal')
      expect(() => grantTo(name, 'shop', rights('all'))).toThrow('not a plain literal')
    },
  )

  it.each(['$(id)', '`id`', ';}', '-h', '../..', '%', '_', 'a b', 'x'.repeat(80)])(
    'leave the rest as it is, in quotes: %j',
    (name) => expect(account(name)).toBe(`'${name}'@'localhost'`),
  )
})
