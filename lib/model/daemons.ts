import { ports } from './paths.ts'

/** Daemons that the panel installs, by their services' names, and the ports that each needs. */
export const daemons: Record<string, readonly number[]> = {
  nginx: [80, 443, ports.public],
  mariadb: [ports.mariadb],
  'redis-server': [ports.redis],
  fail2ban: [],
}
