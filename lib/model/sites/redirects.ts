import * as v from 'valibot'
import { groupsOf, isCostly, patternProblem } from './safe-pattern.ts'
import { decodedPath, sitePath } from './site-path.ts'
import { fitsWord } from './response-headers.ts'

export const MOST_REDIRECTS = 10_000
/** Bytes of a site's redirects, as people write them. */
const MOST_BYTES = 512 * 1024
/** A regular expression is tried for every address, one after the other; the others are found at once. */
const MOST_PATTERNS = 50
const MOST_COSTLY = 10
/** Longest path that they look at: the time they take grows faster than its length. */
export const LONGEST_MATCHED = 512
/** Most folders in a prefix. */
export const DEEPEST_PREFIX = 8

const hostName = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/

/** Whether a browser may be sent there: a path of the site, or an http(s) address without a password in it. */
function isTarget(text: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(text) || /[\\"<>^`{|}]/.test(text) || !fitsWord(text)) return false
  if (/^\/(?!\/)/.test(text)) return true
  const url = /^https?:\/\//.test(text) ? URL.parse(text) : null
  return url !== null && hostName.test(url.hostname) && url.username === '' && url.password === ''
}

const targetHint =
  'Write a path such as /new, or an address such as https://example.com/new: printable ASCII characters, the others ' +
  'as %C3%BC'

const target = v.pipe(
  v.string(),
  v.maxLength(2_000),
  v.check((text) => isTarget(text), targetHint),
)

interface Raw {
  from: string
  match: 'exact' | 'prefix' | 'regex'
  to: string | null
  status: number
}

/** Where a redirect contradicts itself: field and reason; null when it does not. */
function contradiction({ from, match, to, status }: Raw): { field: 'from' | 'to' | 'status'; reason: string } | null {
  if (match === 'regex') {
    const reason = patternProblem(from)
    if (reason) return { field: 'from', reason }
    const groups = [...(to ?? '').matchAll(/\$([1-9])/g)].map(([, group]) => Number(group))
    if (groups.some((group) => group > groupsOf(from)))
      return { field: 'to', reason: `The pattern has ${groupsOf(from)} groups; name $1 to $${groupsOf(from)} only` }
  } else if (match === 'prefix') {
    if (decodedPath(from) === null) return { field: 'from', reason: sourceHint }
    if (from.split('/').filter(Boolean).length > DEEPEST_PREFIX)
      return { field: 'from', reason: `A prefix has at most ${DEEPEST_PREFIX} folders` }
    if (to && /[?#]/.test(to)) return { field: 'to', reason: 'The target of a prefix cannot contain ? or #' }
  } else if (splitQuery(from) === null) return { field: 'from', reason: sourceHint }
  if (status === 410 && to !== null) return { field: 'to', reason: 'Status 410 takes no target: leave out `to`' }
  if (status !== 410 && to === null) return { field: 'to', reason: targetHint }
  return null
}

const sourceHint = 'Write a path such as /old, with its query if it has one: /index.php?id=5'

/** The decoded path of an exact source, with its query as it is. */
export function splitQuery(from: string): string | null {
  const [, path, query = ''] = /^([^?]*)(\?[\x21-\x7e]{1,300})?$/.exec(from) ?? []
  const decoded = path === undefined || /["\\]/.test(query) ? null : decodedPath(path)
  return decoded === null ? null : decoded + query
}

/** A redirect. `exact` compares the whole path, and ignores case; `prefix` adds what follows; `regex` has $1 to $9. */
export const redirect = v.pipe(
  v.strictObject({
    from: v.pipe(v.string(), v.maxLength(1_500)),
    match: v.optional(v.picklist(['exact', 'prefix', 'regex']), 'exact'),
    to: v.optional(v.nullable(target), null),
    status: v.optional(v.picklist([301, 302, 307, 308, 410]), 301),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const found = dataset.typed ? contradiction(dataset.value) : null
    if (!found) return
    const { value } = dataset as { value: Raw }
    const input = value as unknown as Record<string, unknown>
    addIssue({
      message: found.reason,
      path: [{ type: 'object', origin: 'value', input, key: found.field, value: value[found.field] }],
    })
  }),
  v.transform((one) => ({ ...one, from: one.match === 'regex' ? one.from : canonicalSource(one) })),
)
export type Redirect = v.InferOutput<typeof redirect>

function canonicalSource({ from, match }: Pick<Raw, 'from' | 'match'>): string {
  if (match === 'exact') return splitQuery(from)!
  return v.parse(sitePath, from).replace(/(?<=.)\/$/, '')
}

/** Redirects as the API answers them. */
export const shownRedirects = v.strictObject({
  redirects: v.array(
    v.strictObject({ from: v.string(), match: v.string(), to: v.nullable(v.string()), status: v.number() }),
  ),
})

const bytesOf = ({ from, to }: Redirect): number => Buffer.byteLength(from) + Buffer.byteLength(to ?? '')

export const redirects = v.pipe(
  v.array(redirect),
  v.maxLength(MOST_REDIRECTS, `At most ${MOST_REDIRECTS} redirects`),
  v.check(
    (all) => all.reduce((sum, one) => sum + bytesOf(one), 0) <= MOST_BYTES,
    `At most ${MOST_BYTES / 1024} KB of redirects: use prefixes or regular expressions for addresses that are alike`,
  ),
  v.check(
    (all) => all.filter(({ match }) => match === 'regex').length <= MOST_PATTERNS,
    `At most ${MOST_PATTERNS} regular expressions: each is tried for every address. Use exact redirects or prefixes`,
  ),
  v.check(
    (all) => all.filter(({ match, from }) => match === 'regex' && isCostly(from)).length <= MOST_COSTLY,
    `At most ${MOST_COSTLY} regular expressions with two of .* or the like: use [^/]+ between slashes`,
  ),
)
