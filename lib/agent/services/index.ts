import { fail2ban } from './fail2ban.ts'
import { mariadb } from './mariadb.ts'
import { nftables } from './nftables.ts'
import { nginx } from './nginx.ts'
import { phpSockets } from './php-sockets.ts'
import { phpFpm, phpMasters, staleMasters } from './php-fpm.ts'
import { redis } from './redis.ts'
import type { Service } from './service.ts'
import { siteProcesses } from './site-processes.ts'
import { ufw } from './ufw.ts'

/** All services. They check and load side by side; every other part runs in this order. */
export const services: readonly Service[] = [
  mariadb,
  phpFpm,
  phpSockets,
  phpMasters,
  staleMasters,
  nginx,
  siteProcesses,
  nftables,
  ufw,
  fail2ban,
  redis,
]
