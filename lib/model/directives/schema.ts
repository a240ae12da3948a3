import * as v from 'valibot'
import { refusedDirective } from './refused.ts'

/** Own directives of a site for nginx, in its server block; '' for none. */
export const directives = v.pipe(
  v.string(),
  v.maxLength(65_536),
  v.regex(/^[^\x00-\x08\x0b-\x1f\x7f]*$/, 'Control characters are not allowed'),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? refusedDirective(dataset.value) : null
    if (problem) addIssue({ message: problem })
  }),
)

/** A file of own directives that somebody put on the server by hand. */
const handFile = v.strictObject({ name: v.string(), text: v.string() })

export const siteDirectives = v.strictObject({
  /** Directives that are set here; they win over the panel's own. */
  text: v.string(),
  /** Their file on the server, and the others beside it, which are set there alone. */
  file: v.string(),
  others: v.array(handFile),
  /** Why nginx refuses them, with file and line: the last that it took are live meanwhile. null: these are. */
  problem: v.nullable(v.string()),
})
export type SiteDirectives = v.InferOutput<typeof siteDirectives>
