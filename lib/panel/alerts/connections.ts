import { readdirSync, readFileSync } from 'node:fs'
import { paths } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { listSites } from '../sites/read.ts'
import { listAlerts, raiseAlert, resolveAlert } from '../store/alerts.ts'

const services: Record<string, string> = { mysqld: 'MariaDB', 'redis-server': 'Redis' }
const KEY = 'connections:'

/** Raises an alert for each site banned from MariaDB or Redis for too many connections; ends it with the ban. */
export function tellConnections(ctx: Context, now: Date, directory: string = paths.banned): void {
  const bans = listBans(directory)
  const told = new Set<string>()
  for (const { domain } of bans.length === 0 ? [] : listSites(ctx))
    for (const { user, service, count } of bans) {
      if (user !== siteNames(domain).user) continue
      const key = `${KEY}${domain}:${service}`
      told.add(key)
      raiseAlert(ctx.db, {
        key,
        site: domain,
        severity: 'critical',
        since: now.toISOString(),
        message:
          `${domain} held ${count} connections to ${services[service] ?? service} at once, so its processes were ` +
          'ended and it may not connect there for ten minutes. Find the code that opens them and does not close them',
      })
    }
  for (const { key } of listAlerts(ctx.db)) if (key.startsWith(KEY) && !told.has(key)) resolveAlert(ctx.db, key)
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
