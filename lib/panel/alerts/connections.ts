import { readdirSync, readFileSync } from 'node:fs'
import { paths } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { listSites } from '../sites/read.ts'
import { syncAlerts, type AlertRow } from '../store/alerts.ts'

const services: Record<string, string> = { mysqld: 'MariaDB', 'redis-server': 'Redis' }
const KEY = 'connections:'

/** Raises an alert for each site banned from MariaDB or Redis for too many connections; ends it with the ban. */
export function tellConnections(ctx: Context, now: Date, directory: string = paths.banned): void {
  const bans = listBans(directory)
  const found = (bans.length === 0 ? [] : listSites(ctx)).flatMap(({ domain }) =>
    bans
      .filter(({ user }) => user === siteNames(domain).user)
      .map(({ service, count }): AlertRow => ({
        key: `${KEY}${domain}:${service}`,
        site: domain,
        severity: 'critical',
        since: now.toISOString(),
        message:
          `${domain} held ${count} connections to ${services[service] ?? service} at once, so its processes were ` +
          'ended and it may not connect there for ten minutes. Find the code that opens them and does not close them',
      })),
  )
  syncAlerts(ctx.db, KEY, found)
}

/** Reads the files of install/sockets/limit. */
function listBans(directory: string): { user: string; service: string; count: number }[] {
  try {
    return readdirSync(directory).map((name) => {
      const [user = '', service = ''] = name.split('.')
      return { user, service, count: Number(readFileSync(`${directory}/${name}`, 'utf8').split(' ')[1]) }
    })
  } catch {
    // None, or one that has ended meanwhile.
    return []
  }
}
