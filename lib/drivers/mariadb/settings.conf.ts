import { totalmem } from 'node:os'

interface Sizes {
  poolMb: number
  /** Most connections of all accounts together. An idle one takes 55 KB, even before sign-in. */
  connections: number
  /** Most connections of one account. */
  each: number
}

/**
 * Memory and connections by the machine's size: 512 MB, 400 and 30 for each account on 4 GB. A customer's PHP answers
 * up to 20 requests at once, and each may need a connection. Pure.
 */
export function sizes(memoryMb: number): Sizes {
  // A machine sold as 4 GB shows its kernel's share less.
  const gigabytes = Math.max(1, Math.round(memoryMb / 1024))
  return {
    poolMb: Math.min(4096, gigabytes * 128),
    connections: Math.min(800, Math.max(400, gigabytes * 50)),
    each: Math.min(60, Math.max(30, gigabytes * 4)),
  }
}

/** How many connections an account may have on this machine. */
export const connectionsEach = (): number => sizes(totalmem() / 1024 / 1024).each

const elsewhere = 'Your own settings: a file in this directory that sorts after it.'

/**
 * /etc/mysql/mariadb.conf.d/90-hosting-panel.cnf. Files of the server's are nobody's to read or write through SQL,
 * names are not looked up in any DNS (localhost is in /etc/hosts), and statistics nobody reads cost no memory.
 * Connections on which nobody signs in end after some seconds; install/sockets keeps one site from taking all of them.
 */
export function renderSettings(memoryMb: number): string {
  const { poolMb, connections } = sizes(memoryMb)
  return `# Written by the hosting panel, which puts changes here back. ${elsewhere}
[mysqld]
bind-address = 127.0.0.1
local_infile = OFF
symbolic-links = OFF
performance_schema = OFF
max_connections = ${connections}
connect_timeout = 5
innodb_buffer_pool_size = ${poolMb}M
innodb_log_file_size = ${Math.max(64, poolMb / 4)}M
innodb_flush_method = O_DIRECT
max_allowed_packet = 256M
table_open_cache = 2000
thread_cache_size = 16
tmp_table_size = 32M
max_heap_table_size = 32M
character_set_server = utf8mb4
`
}
