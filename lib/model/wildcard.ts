import * as v from 'valibot'
import { canonicalDomain } from './domain.ts'

/** A domain, or with `*.` before it everything one label below it. */
export const domainOrWildcard = v.pipe(
  v.string(),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const star = isWildcard(value) ? '*.' : ''
    const name = canonicalDomain(value.slice(star.length))
    if (name) return star + name
    addIssue({ message: 'Write a domain such as example.com, or *.example.com for every name directly below it' })
    return NEVER
  }),
)

export const isWildcard = (name: string): boolean => name.startsWith('*.')

/** The wildcard that stands for a name, if any site has it; `*` stands for one label (RFC 6125, 6.4.3). */
export const wildcardOf = (name: string): string => name.replace(/^[^.]+/, '*')

/** Whether one of these names is this one, or a wildcard that stands for it. */
export const covers = (names: readonly string[], name: string): boolean =>
  names.includes(name) || names.includes(wildcardOf(name))

/** A name that a wildcard stands for, which nobody uses; other names are themselves. */
export const exampleOf = (name: string): string => name.replace('*', 'hosting-panel-check')
