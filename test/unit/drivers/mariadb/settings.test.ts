import { describe, expect, it } from 'vitest'
import { checkSettings } from '../../../../lib/drivers/mariadb/commands.ts'
import { renderSettings, sizes } from '../../../../lib/drivers/mariadb/settings.conf.ts'

const settings = (
  connections: number,
  pool: number,
  log: number,
) => `# Written by the hosting panel, which puts changes here back. \
Your own settings: a file in this directory that sorts after it.
[mysqld]
bind-address = 127.0.0.1
local_infile = OFF
symbolic-links = OFF
performance_schema = OFF
max_connections = ${connections}
connect_timeout = 5
innodb_buffer_pool_size = ${pool}M
innodb_log_file_size = ${log}M
innodb_flush_method = O_DIRECT
max_allowed_packet = 256M
table_open_cache = 2000
thread_cache_size = 16
tmp_table_size = 32M
max_heap_table_size = 32M
character_set_server = utf8mb4
`

describe('the settings', () => {
  it('on 4 GB, also as such a machine counts its memory', () => {
    expect(renderSettings(4096)).toBe(settings(400, 512, 128))
    expect(renderSettings(3915)).toBe(settings(400, 512, 128))
  })
  it('on 2 GB', () => expect(renderSettings(1967)).toBe(settings(400, 256, 64)))
  it.each([
    [400, 128, 400, 30],
    [1024, 128, 400, 30],
    [2048, 256, 400, 30],
    [4096, 512, 400, 30],
    [8192, 1024, 400, 32],
    [16_384, 2048, 800, 60],
    [65_536, 4096, 800, 60],
  ])('%i MB of memory: %i MB for the pool, %i connections, %i for each account', (memory, poolMb, connections, each) =>
    expect(sizes(memory)).toEqual({ poolMb, connections, each }),
  )
  it('keeps the log file as large as MariaDB wants it for a small pool', () =>
    expect(renderSettings(1024)).toBe(settings(400, 128, 64)))
  it('is checked without starting', () =>
    expect(checkSettings()).toEqual(['mariadbd', '--user=mysql', '--help', '--verbose']))
})
