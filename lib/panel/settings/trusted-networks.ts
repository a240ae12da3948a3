import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { paths } from '../../model/paths.ts'
import type { ServerSpec } from '../../model/protocol/desired.ts'
import { knownRanges, networksOf, ranges, type Ranges } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'
import { readServerSpec } from './settings.ts'
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

/** Names and networks of proxies that the server and its sites have in their lists. */
export const trustedEntries = async (ctx: Context, server?: ServerSpec): Promise<Set<string>> =>
  new Set([(server ?? (await readServerSpec(ctx))).trustedProxies, ...trustedProxyLists(ctx.db)].flat())

/** Proxies that the panel itself trusts: what a customer trusts for a site opens nothing here. */
export const serverNetworks = async (ctx: Context, known: Ranges = readRanges()): Promise<string[]> =>
  networksOf((await readServerSpec(ctx)).trustedProxies, known)

/** All proxies that the server or some site trusts: none is ever banned for what a visitor did behind it. */
export const trustedNetworks = async (
  ctx: Context,
  { server, known = readRanges() }: { server?: ServerSpec; known?: Ranges } = {},
): Promise<string[]> => [...new Set(networksOf([...(await trustedEntries(ctx, server))], known))].sort()
