import { readLogin, removeLogin, setLogin, type Login } from '../../drivers/mariadb/index.ts'
import type { Kind } from './resource.ts'

/** An account of MariaDB's that reaches one database. */
export const login: Kind<Login> = {
  read: readLogin,
  set: (name, before, after) => (after ? setLogin(name, before, after) : removeLogin(name)),
  same: (a, b) =>
    a.database === b.database &&
    a.grant === b.grant &&
    a.full === b.full &&
    a.hash === b.hash &&
    a.connections === b.connections,
  summary: (before, after) => {
    if (!after) return 'with its connections'
    const rights = `${after.grant}${after.full ? ' (full: only read and remove)' : ''} in ${after.database}`
    if (!before) return rights
    const limit = before.connections === after.connections ? '' : `, at most ${after.connections} connections`
    return before.hash === after.hash ? rights + limit : `${rights}, another password${limit}`
  },
}
