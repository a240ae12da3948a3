import type { Context } from '../http/context.ts'
import { syncAlerts, type AlertRow } from '../store/alerts.ts'
import type { Amount } from '../store/usage.ts'
import { greatestShare, toMb } from '../usage/limits.ts'
import { LET_GO } from './judge.ts'
import type { SiteVerdict } from './verdicts.ts'

const KEY = 'storage:'

/** A site that uses this share of its limit is told of. */
const NEAR = 0.9

/** Raises an alert for each site that is near its limit or has reached it, and ends those that are over. */
export function tellStorage(ctx: Context, sites: readonly SiteVerdict[], now: Date): void {
  const found = sites.flatMap((site): AlertRow[] => {
    const said = describe(site)
    return said ? [{ key: KEY + site.domain, site: site.domain, since: now.toISOString(), ...said }] : []
  })
  syncAlerts(ctx.db, KEY, found)
}

/** The alert of a site; null: there is nothing to tell. Pure. */
export function describe(site: SiteVerdict): Pick<AlertRow, 'severity' | 'message'> | null {
  const { domain, storage } = site
  const { who, used, most } = nearest(site)
  if (storage === 'ok' && greatestShare(used, most) < NEAR) return null
  const use = `${who} ${amounts(used, most)}`
  const wayOut = `Remove files or data until it ${goal(used, most)}, or have the limit raised`
  if (storage === 'ok')
    return { severity: 'warning', message: `${use}. At the limit it cannot grow any more. ${wayOut}` }
  if (storage === 'full') {
    return {
      severity: 'warning',
      message:
        `${use}, so the files and databases of ${domain} cannot grow: visitors see its pages, and uploads fail. ` +
        `${wayOut}`,
    }
  }
  return {
    severity: 'critical',
    message:
      `${use}, and its files could not be kept from growing. So the code of ${domain} is stopped, and visitors ` +
      `see a page that says so. ${wayOut}`,
  }
}

/** The limit that is used up most: the site's, or its owner's. */
function nearest({ domain, used, most, owner }: SiteVerdict): { who: string; used: Amount; most: Amount } {
  const own = { who: domain, used, most }
  if (!owner || greatestShare(used, most) >= greatestShare(owner.used, owner.most)) return own
  return { who: `${owner.username}, the owner of ${domain},`, used: owner.used, most: owner.most }
}

const isOfFiles = (used: Amount, most: Amount): boolean => used.files / most.files > used.bytes / most.bytes

const amounts = (used: Amount, most: Amount): string =>
  isOfFiles(used, most)
    ? `has ${number(used.files)} of the ${number(most.files)} files it may have`
    : `uses ${number(toMb(used.bytes))} of the ${number(toMb(most.bytes))} MB of disk it may use`

const goal = (used: Amount, most: Amount): string =>
  isOfFiles(used, most)
    ? `has fewer than ${number(most.files * LET_GO)} files`
    : `uses less than ${number(toMb(most.bytes * LET_GO))} MB`

const number = (value: number): string => Math.floor(value).toLocaleString('en')
