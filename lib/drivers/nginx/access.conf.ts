import { createHash } from 'node:crypto'
import type { BasicAuth } from '../../model/sites/basic-auth.ts'
import { paths } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { presetPatterns } from './denied-presets.ts'
import { variable } from './variable.ts'
import { escaped, literal, map, volatileMap, word } from './words.ts'

/**
 * A regular expression for a path and all below it. Case is ignored, and a page is meant by its name with .html and
 * without, as it may be served by both: no spelling goes round a rule.
 */
export const below = (path: string): string =>
  `^${escaped(path.replace(/\/$/, '').replace(/\.html?$/i, ''))}(?:\\.html?)?(?:/|$)`

/** Longest paths first: the first that fits counts. */
export const byLength = <T extends { path?: string | undefined }>(all: readonly T[]): T[] =>
  [...all].sort((a, b) => (b.path ?? '').length - (a.path ?? '').length)

/** The file with the users of a path. It is named by that path, so that none ever has the users of another. */
export const passwordFile = ({ domain }: Pick<SiteSpec, 'domain'>, path: string): string =>
  `${siteNames(domain).passwords}.${createHash('sha256').update(path).digest('hex').slice(0, 16)}`

/** Which of these are names of such files of a site. */
export const passwordFilesOf = ({ domain }: Pick<SiteSpec, 'domain'>, names: readonly string[]): string[] =>
  names
    .filter((name) => name.startsWith(`${domain}.`) && /^[0-9a-f]{16}$/.test(name.slice(domain.length + 1)))
    .map((name) => `${paths.nginxPasswords}/${name}`)

/** One line a user, as nginx reads it. */
export const renderPasswords = ({ users }: BasicAuth[number]): string =>
  users.map(({ name, hash }) => `${name}:${hash}\n`).join('')

/** Maps of realm and password file by path; http context. */
export function accessMaps(spec: SiteSpec): string {
  if (spec.basicAuth.length === 0) return ''
  const areas = byLength(spec.basicAuth)
  const lines = (value: (area: (typeof areas)[number]) => string) =>
    areas.map((area) => [word(`~*${below(area.path)}`), value(area)] as const)
  return (
    map('$hosting_panel_path', variable(spec, 'realm'), [['default', 'off'], ...lines(({ realm }) => literal(realm))]) +
    map('$hosting_panel_path', variable(spec, 'users'), [
      ['default', '""'],
      ...lines(({ path }) => passwordFile(spec, path)),
    ])
  )
}

/** Asks for the password; server context, so that no location is without it. */
export const accessRules = (spec: SiteSpec): string =>
  spec.basicAuth.length === 0
    ? ''
    : `    auth_basic ${variable(spec, 'realm')};\n    auth_basic_user_file ${variable(spec, 'users')};\n`

/** nginx takes words of 4,096 bytes. */
const LONGEST_WORD = 3_000

/** Longest path that is matched: the time that takes grows faster than its length. No file has a longer one. */
const LONGEST_MATCHED = 4_095

/**
 * Paths that are never served; http context. It is looked up again for what nginx answers instead (volatile). Only a
 * path that is matched to its end and fits none is served: where PCRE gives up, nginx takes the default.
 */
export function deniedMap(spec: SiteSpec): string {
  const patterns = [
    ...new Set([...spec.deniedPresets.flatMap((name) => presetPatterns[name]), ...spec.deniedPaths.map(ownPattern)]),
  ]
  if (patterns.length === 0) return ''
  const chunks: string[] = []
  for (const pattern of patterns) {
    const last = chunks.at(-1)
    if (last !== undefined && last.length + pattern.length < LONGEST_WORD)
      chunks[chunks.length - 1] = `${last}|${pattern}`
    else chunks.push(pattern)
  }
  const front = spec.runtime === 'php' ? String.raw`(?:.*/index\.php)?` : ''
  const lines = chunks.map((chunk) => [word(`~*(?s)^${front}(?:${chunk})(?:\\.html?)?(?:/|$)`), '1'] as const)
  return volatileMap('$uri', variable(spec, 'denied'), [
    ['default', '1'],
    [word(`~(?s)^.{${LONGEST_MATCHED + 1}}`), '1'],
    ...lines,
    ['~^', '0'],
  ])
}

/**
 * `*` stands for any part of a name. The text between two `*` is matched at its first place alone (atomic group): the
 * rest fits from there if it fits at all. So the time that matching takes does not grow with the number of `*`.
 */
function ownPattern(path: string): string {
  const [first, ...rest] = path
    .replace(/\/$/, '')
    .replace(/\.html?$/i, '')
    .split('*')
    .map(escaped) as [string, ...string[]]
  const last = rest.pop()
  return [first, ...rest.map((part) => `(?>[^/]*?${part})`), ...(last === undefined ? [] : [`[^/]*${last}`])].join('')
}

/** Answers 404 for denied paths; server context. */
export const deniedRules = (spec: SiteSpec): string =>
  spec.deniedPresets.length + spec.deniedPaths.length === 0
    ? ''
    : `    if (${variable(spec, 'denied')}) {\n        return 404;\n    }\n`
