import type { Redirect } from '../../model/sites/redirects.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { escaped, literal, map, volatileMap, word } from './words.ts'
import { variable } from './variable.ts'

type Kind = Redirect['match']
type Line = readonly [string, string]
const of = ({ redirects }: SiteSpec, kind: Kind): Redirect[] => redirects.filter(({ match }) => match === kind)

/** Number of folders in a prefix. */
const depthOf = (prefix: string): number => prefix.split('/').filter(Boolean).length

const QUERY = '$is_args$args'

/** `301 /new`: a redirect as the maps name it. The query goes along. */
const value = (status: number, to: string | null, more = QUERY): string =>
  to === null ? String(status) : `"${status} ${withArguments(to, more)}"`

/** Adds the rest of the path and the query, before a fragment; but not to a target with a query of its own. */
function withArguments(to: string, more: string): string {
  const [address, ...fragment] = to.split('#') as [string, ...string[]]
  return `${address}${address.includes('?') ? '' : more}${fragment.map((part) => `#${part}`).join('')}`
}

const plain = (to: string | null): string | null => to && literal(to).slice(1, -1)

/** `$1` to `$9` are the groups; any other `$` is itself. */
const grouped = (to: string | null): string | null =>
  to &&
  word(to)
    .slice(1, -1)
    .replaceAll(/\$(?![1-9])/g, '${hosting_panel_dollar}')

/** A query that was asked for by its name is done with. */
const exactLine = ({ from, to, status }: Redirect): Line => [
  word(from),
  value(status, plain(to), from.includes('?') ? '' : QUERY),
]

/** A target that is the site itself is written whole: without a path after it the rest alone would be an empty one. */
function prefixLine({ from, to, status }: Redirect): Line {
  const base = to === '/' ? '$hosting_panel_scheme://$host' : (plain(to)?.replace(/\/$/, '') ?? null)
  return [word(from), value(status, base, `$hosting_panel_rest${depthOf(from)}${QUERY}`)]
}

/**
 * Finds where an address leads; http context. Maps ask one another from the most special on: an address with its query,
 * a path, the regular expressions, the longest prefix. All but the expressions are found at once, however many there
 * are.
 */
export function redirectMaps(spec: SiteSpec): string {
  if (spec.redirects.length === 0) return ''
  const name = (part: string) => variable(spec, `redirect${part}`)
  const exact = of(spec, 'exact')
  const [queries, paths] = [
    exact.filter(({ from }) => from.includes('?')),
    exact.filter(({ from }) => !from.includes('?')),
  ]
  const prefixes = Map.groupBy(of(spec, 'prefix'), ({ from }) => depthOf(from))
  const maps: string[] = []
  const last = (prefixes.get(0) ?? []).map((one) => prefixLine(one)[1])[0] ?? '""'
  let next = last
  for (const depth of [...prefixes.keys()].filter((one) => one > 0).sort((a, b) => a - b)) {
    maps.push(
      map(`$hosting_panel_first${depth}`, name(`_${depth}`), [
        ['default', next],
        ...prefixes.get(depth)!.map(prefixLine),
      ]),
    )
    next = name(`_${depth}`)
  }
  const patterns = of(spec, 'regex').map(({ from, to, status }): Line => [word(`~${from}`), value(status, grouped(to))])
  if (patterns.length > 0) {
    maps.push(map('$hosting_panel_sent_path', name('_pattern'), [['default', next], ...patterns]))
    next = name('_pattern')
  }
  maps.push(map('$uri', name(queries.length > 0 ? '_path' : ''), [['default', next], ...paths.map(exactLine)]))
  if (queries.length > 0)
    maps.push(map('$uri$is_args$args', name(''), [['default', name('_path')], ...queries.map(exactLine)]))
  return maps.join('') + goneMap(spec)
}

const gonePage = ({ redirects, errorPages }: SiteSpec): string | undefined =>
  redirects.some(({ status }) => status === 410) ? errorPages.find(({ status }) => status === 410)?.path : undefined

/** An address that is gone is answered with a page, which is not gone too. */
function goneMap(spec: SiteSpec): string {
  const page = gonePage(spec)
  if (page === undefined) return ''
  const found = word(`~^410(?!${escaped(page)}$)`)
  return volatileMap(`"${variable(spec, 'redirect')}$uri"`, variable(spec, 'gone'), [
    ['default', '""'],
    [found, '1'],
  ])
}

/** Sends visitors on; server context. */
export const redirectRules = (spec: SiteSpec): string =>
  [...new Set(spec.redirects.map(({ status }) => status))]
    .sort((a, b) => a - b)
    .map((status) => (status === 410 ? goneRule(spec) : redirectRule(spec, status)))
    .join('')

function goneRule(spec: SiteSpec): string {
  const found = gonePage(spec) === undefined ? `${variable(spec, 'redirect')} = 410` : variable(spec, 'gone')
  return `    if (${found}) {\n        return 410;\n    }\n`
}

const redirectRule = (spec: SiteSpec, status: number): string =>
  `    if (${variable(spec, 'redirect')} ~ "^${status} (.+)$") {\n        return ${status} $1;\n    }\n`
