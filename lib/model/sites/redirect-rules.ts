import type { Redirect } from './redirects.ts'

/** A browser gives up after twenty; people should not wait for ten. */
const MOST_STEPS = 10

export interface Problem {
  /** Position in the list. */
  index: number
  field: 'from' | 'to'
  message: string
}

interface Rules {
  exact: Map<string, number>
  prefix: Map<string, number>
  regex: { pattern: RegExp; index: number }[]
}

/** nginx compares the names of a map without regard to case. */
const fold = (path: string): string => path.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Finds the first redirect that is there twice, or that ends where it began. `names`: the site's own. */
export function redirectProblem(all: readonly Redirect[], names: readonly string[]): Problem | null {
  const rules: Rules = { exact: new Map(), prefix: new Map(), regex: [] }
  for (const [index, { match, from }] of all.entries()) {
    if (match === 'regex') rules.regex.push({ pattern: new RegExp(from), index })
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
    if (!found || found.to === null) return null
    next = localTarget(found.to, names)
  }
  return null
}

/** Path and query of a target on this site; null when it leads elsewhere, or depends on what is asked for. */
function localTarget(to: string, names: readonly string[]): string | null {
  if (/\$[1-9]/.test(to)) return null
  const url = URL.parse(to, 'http://site.invalid')
  if (!url || ![...names, 'site.invalid'].includes(url.hostname)) return null
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
function find(all: readonly Redirect[], { exact, regex, prefix }: Rules, target: string): Found | null {
  const [path] = target.split('?') as [string]
  const index = exact.get(fold(target)) ?? exact.get(fold(path))
  if (index !== undefined) return all[index]!
  const pattern = regex.find((one) => one.pattern.test(path))
  if (pattern) return all[pattern.index]!
  for (let start = fold(path).replace(/\/+$/, ''); ; start = start.slice(0, start.lastIndexOf('/'))) {
    const at = prefix.get(start || '/')
    if (at !== undefined) return { to: onward(all[at]!.to, path.slice(start.length)) }
    if (start === '') return null
  }
}

const onward = (to: string | null, rest: string): string | null => to && to.replace(/\/$/, '') + (rest || '')
