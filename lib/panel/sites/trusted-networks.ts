import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { paths } from '../../model/paths.ts'
import { knownRanges, networksOf, ranges, type Ranges } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'
import { trustedProxyLists } from '../store/sites.ts'

/** The addresses of proxies: those of the file, which a hook keeps current, or those that the panel came with. */
export function readRanges(file: string = paths.trustedProxies): Ranges {
  try {
    const known = v.safeParse(v.partial(ranges), JSON.parse(readFileSync(file, 'utf8')))
    return known.success ? { ...knownRanges, ...known.output } : knownRanges
  } catch {
    return knownRanges
  }
}

/** All proxies that some site trusts: none of them is ever banned for what a visitor did behind it. */
export const trustedNetworks = (ctx: Context): string[] => {
  const known = readRanges()
  return [...new Set(trustedProxyLists(ctx.db).flatMap((list) => networksOf(list, known)))].sort()
}
