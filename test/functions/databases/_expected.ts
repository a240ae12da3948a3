import { expect } from 'vitest'

export const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
export const connection = (database: string, username: string) => ({
  host: '127.0.0.1',
  port: 3306,
  socket: '/run/mysqld/mysqld.sock',
  database,
  username,
  url: `mysql://${username}@127.0.0.1:3306/${database}`,
})
export const nothingStored = { databases: [], database_users: [], dumps: [], pending_changes: [] }
