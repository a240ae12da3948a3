import type { PageUsage } from '../../model/caches/schema.ts'
import { siteNames } from '../../model/sites/names.ts'
import { readEnd } from '../../system/read-range.ts'
import { readStart, removeEntry } from '../../system/tree.ts'
import { walk, type Entry } from '../../system/walk.ts'

/** Bytes before a page in its file: nginx's own, and the key, which is as long as an address may be. */
const HEADER = 10_240

/** So much of the log is looked at (bytes). */
const RECENT = 1_000_000

/** How full a site's page cache is, and how much it spares. */
export async function pageUsage(domain: string): Promise<PageUsage> {
  const { pageCache, accessLog } = siteNames(domain)
  const sum = { pages: 0, bytes: 0 }
  await walk(pageCache, (entries) => {
    for (const { stats } of entries.filter(isPage)) {
      sum.pages++
      sum.bytes += stats.size
    }
  })
  return { ...sum, ...countAnswers(await readEnd(accessLog, RECENT)) }
}

const isPage = ({ stats }: Entry): boolean => stats.isFile()

/** Counts how the requests of a log were answered; a first line that is cut off is not one. Pure. */
export function countAnswers(log: string): Pick<PageUsage, 'hits' | 'misses' | 'others'> {
  const counted = { hits: 0, misses: 0, others: 0 }
  for (const [, status] of log.matchAll(/^\S+ - .*" ([A-Z]+|-)$/gm)) counted[kinds[status!] ?? 'others']++
  return counted
}

const kinds: Record<string, 'hits' | 'misses'> = {
  HIT: 'hits',
  STALE: 'hits',
  UPDATING: 'hits',
  REVALIDATED: 'hits',
  MISS: 'misses',
  EXPIRED: 'misses',
}

/**
 * Flushes the pages of one path, whatever their scheme, name, method and Vary (nginx names the file of a variant after
 * what varies, so each file's own key is read), or with null all. Answers how many.
 */
export async function flushPages(domain: string, path: string | null): Promise<number> {
  let removed = 0
  await walk(siteNames(domain).pageCache, (entries) => {
    for (const page of entries.filter(isPage)) {
      if (path !== null && pathInHeader(readStart(page, HEADER).toString('latin1')) !== canonical(path)) continue
      removeEntry(page)
      removed++
    }
  })
  return removed
}

/** The path in the key of a page's file, in the form of `canonical`; null when there is none. Pure. */
export function pathInHeader(header: string): string | null {
  const path = /\nKEY: https?(?:GET|HEAD)[^/\n]*(\/[^\n]*)\n/.exec(header)?.[1]
  return path === undefined ? null : canonical(Buffer.from(path, 'latin1').toString())
}

/** One spelling for all that mean the same path: %c3%bc, %C3%BC and ü. */
export function canonical(path: string): string {
  const bare = path.replace(/[?#].*$/s, '')
  try {
    return decodeURI(bare)
  } catch {
    return bare
  }
}
