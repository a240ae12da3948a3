import type { BasicAuth } from '../../model/sites/basic-auth.ts'
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

/** The file with the users of each path, by its position. */
export const passwordFile = ({ domain }: Pick<SiteSpec, 'domain'>, index: number): string =>
  `${siteNames(domain).passwords}.${index}`

/** One line a user, as nginx reads it. */
export const renderPasswords = ({ users }: BasicAuth[number]): string =>
  users.map(({ name, hash }) => `${name}:${hash}\n`).join('')

/** Maps of realm and password file by path; http context. */
export function accessMaps(spec: SiteSpec): string {
  if (spec.basicAuth.length === 0) return ''
  const areas = byLength(spec.basicAuth.map((area, index) => ({ ...area, file: passwordFile(spec, index) })))
  const lines = (value: (area: (typeof areas)[number]) => string) =>
    areas.map((area) => [word(`~*${below(area.path)}`), value(area)] as const)
  return (
    map('$hosting_panel_path', variable(spec, 'realm'), [['default', 'off'], ...lines(({ realm }) => literal(realm))]) +
    map('$hosting_panel_path', variable(spec, 'users'), [['default', '""'], ...lines(({ file }) => file)])
  )
}

/** Asks for the password; server context, so that no location is without it. */
export const accessRules = (spec: SiteSpec): string =>
  spec.basicAuth.length === 0
    ? ''
    : `    auth_basic ${variable(spec, 'realm')};\n    auth_basic_user_file ${variable(spec, 'users')};\n`

/** nginx takes words of 4,096 bytes. */
const LONGEST_WORD = 3_000

/** Paths that are never served; http context. It is looked up again for what nginx answers instead (volatile). */
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
  const lines = chunks.map((chunk) => [word(`~*^${front}(?:${chunk})(?:\\.html?)?(?:/|$)`), '1'] as const)
  return volatileMap('$uri', variable(spec, 'denied'), [['default', '0'], ...lines])
}

/** `*` stands for any part of a name. */
const ownPattern = (path: string): string =>
  path
    .replace(/\/$/, '')
    .replace(/\.html?$/i, '')
    .split('*')
    .map(escaped)
    .join('[^/]*')

/** Answers 404 for denied paths; server context. */
export const deniedRules = (spec: SiteSpec): string =>
  spec.deniedPresets.length + spec.deniedPaths.length === 0
    ? ''
    : `    if (${variable(spec, 'denied')}) {\n        return 404;\n    }\n`
