import { siteNames } from '../sites/names.ts'
import { sizesOf } from '../system/tree.ts'

/** Bytes on disk of sites' files, in the order asked. */
export const measure = (domains: readonly string[]): Promise<number[]> => sizesOf(domains.map((domain) => siteNames(domain).home))
