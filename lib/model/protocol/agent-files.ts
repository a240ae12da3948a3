import * as v from 'valibot'
import { fileProblems } from '../sites/file-problems.ts'
import { siteSpec } from '../sites/schema.ts'

/** Operations on the files of sites. */
export const filesOperations = {
  /** Looks for files of a site that visitors or its code do not reach; touches nothing. */
  'files.problems': {
    reads: 'shared',
    input: v.strictObject({ spec: siteSpec }),
    output: fileProblems,
    throws: ['command_failed'],
  },
  /** Gives a site's user its files, and lets nginx read them; answers how many, and how many were left. */
  'files.repair': {
    input: v.strictObject({ spec: siteSpec }),
    output: v.strictObject({ repaired: v.number(), left: v.number() }),
    throws: ['site_busy'],
  },
} as const
