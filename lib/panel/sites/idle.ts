import { statSync } from 'node:fs'
import { believed } from '../../model/clock.ts'
import { accessLogOf, siteUser } from '../../model/sites/names.ts'
import { masterOf } from '../../proc/php-masters.ts'
import type { ProcessEntry } from '../../proc/processes.ts'

/** Minutes without a request after which a site's PHP master is stopped. */
export const IDLE_MINUTES = 10

export interface Activity {
  domain: string
  /** When nginx last logged a request, or the master started, in ms since 1970. */
  lastRequest: number
}

const worker = /^php-fpm: pool (.+)$/

type Processes = readonly Pick<ProcessEntry, 'title'>[]

/** Tells masters that run and have no worker, so no request in flight, and were not asked for 10 minutes. Pure. */
export function idleness(
  processes: Processes,
  now: number,
): (instances: readonly string[], lastRequest: number) => boolean {
  const running = new Set(processes.flatMap(({ title }) => masterOf(title)?.instance ?? []))
  const busy = new Set(processes.flatMap(({ title }) => worker.exec(title)?.[1]?.trim() ?? []))
  return (instances, lastRequest) =>
    now - lastRequest > IDLE_MINUTES * 60_000 &&
    instances.some((name) => running.has(name)) &&
    !instances.some((name) => busy.has(name))
}

/** Domains whose PHP master can be stopped. Pure. */
export function idleDomains(processes: Processes, activities: readonly Activity[], now: number): string[] {
  const isIdle = idleness(processes, now)
  return activities
    .filter(({ domain, lastRequest }) => isIdle([siteUser(domain), `${siteUser(domain)}-shared`], lastRequest))
    .map(({ domain }) => domain)
}

/** When nginx last wrote to a log (ms since 1970); 0: never, or at a time that is still to come. */
export const lastRequestIn = (log: string, now: number): number =>
  believed(statSync(log, { throwIfNoEntry: false })?.mtimeMs ?? 0, now)

/**
 * The sites whose PHP can be put to sleep now. Reads only what any user may, so that the agent need not be woken to
 * ask.
 */
export function findIdle(domains: readonly string[], processes: Processes, now: number): string[] {
  return idleDomains(
    processes,
    domains.map((domain) => ({ domain, lastRequest: lastRequestIn(accessLogOf(domain), now) })),
    now,
  )
}
