import { DEEPEST_PREFIX, LONGEST_MATCHED } from '../../model/sites/redirects.ts'
import type { ServerFacts } from '../facts.ts'
import { geo, map } from './words.ts'

const depths = Array.from({ length: DEEPEST_PREFIX }, (_, index) => index + 1)

const sizes = [
  ['map_hash_bucket_size', 1024],
  ['map_hash_max_size', 65_536],
  ['variables_hash_bucket_size', 256],
  ['variables_hash_max_size', 65_536],
] as const

/** nginx refuses a size that is set twice, and one of maps that comes after the first of them. */
const sizesBeside = (others: ReadonlySet<string>): string =>
  sizes
    .filter(([name]) => !others.has(name) && !(name.startsWith('map') && others.has('map')))
    .map(([name, value]) => `${name} ${value};\n`)
    .join('')

const withoutController = [
  ['default', '$uri'],
  [
    String.raw`"~(?s)^(?<hosting_panel_head>.*?)/index\.php(?<hosting_panel_tail>/.*)$"`,
    '$hosting_panel_head$hosting_panel_tail',
  ],
] as const

const onlyUnavailable = [
  ['default', '""'],
  ['503', '600'],
] as const

/** The first folders of a path, and what follows them in the address. */
const first = (depth: number): string =>
  map('$uri', `$hosting_panel_first${depth}`, [[`"~^((?:/[^/]+){${depth}})"`, '$1']])
const rest = (depth: number): string =>
  map('$request_uri', `$hosting_panel_rest${depth}`, [[`"~^(?:/+[^/?]+){${depth}}/+([^?]*)"`, '/$1']])

/**
 * Variables that sites' settings are made of; http context, before all other maps. nginx finds a value only when
 * something asks for it. `hosting_panel_path` is what a program behind a front controller sees: /index.php/admin is
 * /admin. What goes into a redirect comes from the address as it was sent, whose encoded line breaks stay encoded.
 */
export const renderPaths = ({ nginxDirectives }: Pick<ServerFacts, 'nginxDirectives'>): string =>
  [
    sizesBeside(nginxDirectives),
    geo('$hosting_panel_dollar', [['default', '"$"']]),
    map('$uri', '$hosting_panel_path', withoutController),
    map('$request_uri', '$hosting_panel_sent_path', [[`"~^([^?]{1,${LONGEST_MATCHED}})(?:\\?|$)"`, '$1']]),
    map('$status', '$hosting_panel_retry_after', onlyUnavailable),
    ...depths.map(first),
    ...[0, ...depths].map(rest),
  ].join('')
