import type { Connection } from '../../model/databases/schema.ts'

/** How programs on this server reach a database: by 127.0.0.1 or the socket, never from elsewhere. */
export const passwordless = (database: string, username: string): Connection => ({
  host: '127.0.0.1',
  port: 3306,
  socket: '/run/mysqld/mysqld.sock',
  database,
  username,
  url: `mysql://${username}@127.0.0.1:3306/${database}`,
})
