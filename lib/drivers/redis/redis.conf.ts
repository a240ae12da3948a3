import { paths, ports } from '../../model/paths.ts'
import type { Facts, RedisFacts } from '../facts.ts'

/**
 * The whole redis.conf: 6.0 takes no pattern to include. Nothing is written to disk: what a cache had before a restart
 * may be out of date, or a deleted site's, and writing it forks a process as large (the file's name is one
 * that no Redis before the panel's has written, as it would be read at each start). One database, as users may
 * be kept to keys and not to databases. Messages go to the system's log, which takes only so many: scripts may write
 * some. A client that does not read its answers, or has no end of a question, is cut
 * off, as its memory is taken from everybody's keys. A script that runs for two seconds may be ended (scripts.ts).
 */
export const renderRedis = (
  { version: [major, minor] }: RedisFacts,
  { ipv6 }: Pick<Facts, 'ipv6'>,
): string => `# Written by the hosting panel, which puts changes here back.
bind 127.0.0.1${ipv6 ? (major > 6 || minor >= 2 ? ' -::1' : ' ::1') : ''}
protected-mode yes
port ${ports.redis}
unixsocket ${paths.redisSocket}
unixsocketperm 777
tcp-backlog 511
tcp-keepalive 60
timeout 0
daemonize yes
pidfile ${paths.redisPid}
logfile ""
syslog-enabled yes
syslog-ident redis-server
loglevel notice
dir /var/lib/redis
databases 1
dbfilename hosting-panel.rdb
save ""
appendonly no
maxmemory 100mb
maxmemory-policy allkeys-lru
maxclients 4000
client-query-buffer-limit 32mb
proto-max-bulk-len 16mb
client-output-buffer-limit normal 32mb 16mb 30
client-output-buffer-limit pubsub 8mb 4mb 30
${major >= 7 ? 'maxmemory-clients 20%\nbusy-reply-threshold 2000\n' : ''}aclfile ${paths.redisUsers}
`
