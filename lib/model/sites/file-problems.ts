import * as v from 'valibot'

/**
 * Faults of a file or folder of a site. `owner`: it is not the site's user's, so the site's code cannot change it.
 * `hidden`: nginx may not read it. `closed`: the site's own code may not.
 */
export const fileProblem = v.picklist(['owner', 'hidden', 'closed'])
export type FileProblem = v.InferOutput<typeof fileProblem>

/** Files and folders of a site that its visitors or its code do not reach. */
export const fileProblems = v.strictObject({
  count: v.number(),
  /** The first of them, by their paths in the site's folder. */
  examples: v.array(v.strictObject({ path: v.string(), problem: fileProblem })),
})
export type FileProblems = v.InferOutput<typeof fileProblems>
