import { covers } from '../wildcard.ts'
import { DEEPEST_PREFIX, LONGEST_MATCHED, type Redirect } from './redirects.ts'
import { isCostly } from './safe-pattern.ts'

/** A browser gives up after twenty; people should not wait for ten. */
const MOST_STEPS = 10

/**
 * Looking for circles must not hold the panel up: regular expressions look at so many characters in all, at each for
 * each other where they are costly. Circles that are not found by then are the browsers' to notice.
 */
const MOST_WORK = 20_000_000

export interface Problem {
  /** Position in the list. */
  index: number
  field: 'from' | 'to'
  message: string
}

interface Rules {
  exact: Map<string, number>
  prefix: Map<string, number>
  regex: Pattern[]
  /** How much work is left. */
  work: number
}

interface Pattern {
  pattern: RegExp
  costly: boolean
  index: number
}

/** nginx compares the names of a map without regard to case. */
const fold = (path: string): string => path.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Finds the first redirect that is there twice, or that ends where it began. `names`: the site's own. */
export function redirectProblem(all: readonly Redirect[], names: readonly string[]): Problem | null {
  const rules: Rules = { exact: new Map(), prefix: new Map(), regex: [], work: MOST_WORK }
  for (const [index, { match, from }] of all.entries()) {
    if (match === 'regex') rules.regex.push({ pattern: new RegExp(from), costly: isCostly(from), index })
    else if (rules[match].has(fold(from)))
      return { index, field: 'from', message: `${from} is redirected twice (upper and lower case are the same)` }
    else rules[match].set(fold(from), index)
  }
  for (const [index, one] of all.entries()) {
    const chain = one.to === null ? null : follow(all, rules, one, names)
    if (chain)
      return {
        index,
        field: 'to',
        message: `Redirect loop, or more than ${MOST_STEPS} in a row: ${chain.join(' → ')}. Change a target`,
      }
  }
  return null
}

/** Follows a redirect through the others; answers the way when it does not end. */
function follow(all: readonly Redirect[], rules: Rules, first: Redirect, names: readonly string[]): string[] | null {
  const way = [first.from]
  let next = localTarget(first.to!, names)
  while (next !== null) {
    way.push(next)
    if (way.length > MOST_STEPS) return way.slice(0, 4)
    const found = find(all, rules, next)
    if (!found || found.to === null || rules.work < 0) return null
    next = localTarget(found.to, names)
  }
  return null
}

/** Path and query of a target on this site; null when it leads elsewhere, or depends on what is asked for. */
function localTarget(to: string, names: readonly string[]): string | null {
  if (/\$[1-9]/.test(to)) return null
  const url = URL.parse(to, 'http://site.invalid')
  if (!url || !covers([...names, 'site.invalid'], url.hostname)) return null
  try {
    return decodeURIComponent(url.pathname) + url.search
  } catch {
    return null
  }
}

interface Found {
  to: string | null
}

/** The redirect that nginx would choose for a path: exact, then regular expressions, then the longest prefix. */
function find(all: readonly Redirect[], rules: Rules, target: string): Found | null {
  const [path] = target.split('?') as [string]
  const index = rules.exact.get(fold(target)) ?? rules.exact.get(fold(path)) ?? matching(rules, path)
  return index === undefined ? below(all, rules, path) : all[index]!
}

/** The first regular expression that fits; none for a path that is too long for nginx to match. */
function matching(rules: Rules, path: string): number | undefined {
  if (path.length > LONGEST_MATCHED) return undefined
  const isMatch = ({ pattern, costly }: Pattern): boolean => {
    rules.work -= costly ? path.length ** 2 : path.length
    return rules.work >= 0 && pattern.test(path)
  }
  return rules.regex.find(isMatch)?.index
}

/** The prefix of the most folders. */
function below(all: readonly Redirect[], { prefix }: Rules, path: string): Found | null {
  const folders = path.split('/').filter(Boolean)
  const end = path.endsWith('/') ? [''] : []
  for (let depth = Math.min(folders.length, DEEPEST_PREFIX); depth >= 0; depth--) {
    const at = prefix.get(fold(`/${folders.slice(0, depth).join('/')}`))
    if (at !== undefined) return { to: onward(all[at]!.to, [...folders.slice(depth), ...end]) }
  }
  return null
}

const onward = (to: string | null, rest: readonly string[]): string | null =>
  to && [to.replace(/\/$/, ''), ...rest].join('/')
