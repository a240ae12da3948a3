import type { Cors, Header } from '../../model/sites/response-headers.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { below, byLength } from './access.conf.ts'
import { variable } from './variable.ts'
import { escaped, literal, map, word } from './words.ts'

const empty = '""'

/** Headers by their names, in the order in which they were first named. */
const byName = ({ headers }: SiteSpec): [string, Header[]][] => [
  ...Map.groupBy(headers, ({ name }) => name.toLowerCase()),
]

/**
 * Values of headers, by path; http context. A header with an empty value is not sent, so that all of them are set once
 * for the whole server: one that is set in a location makes it forget those of the server.
 */
export const headerMaps = (spec: SiteSpec): string =>
  byName(spec)
    .map(([name, all], index) =>
      [
        map('$hosting_panel_path', variable(spec, `header${index}`), [
          ['default', literalOr(all.find(({ path = '/' }) => path === '/')?.value)],
          ...byLength(all.filter(({ path = '/' }) => path !== '/')).map(
            ({ path, value }) => [word(`~*${below(path!)}`), literal(value)] as const,
          ),
        ]),
        ...(name === 'cache-control'
          ? [
              map(variable(spec, `header${index}`), variable(spec, 'expires'), [
                ['default', 'off'],
                [empty, '$hosting_panel_expires'],
              ]),
            ]
          : []),
      ].join(''),
    )
    .join('') + corsMaps(spec)

const literalOr = (value: string | undefined): string => (value === undefined ? empty : literal(value))

/** Browsers keep files as the site's own Cache-Control says, where it says so. */
const expires = (spec: SiteSpec): string =>
  byName(spec).some(([name]) => name === 'cache-control') ? `    expires ${variable(spec, 'expires')};\n` : ''

const corsHeaders = {
  origin: 'Access-Control-Allow-Origin',
  methods: 'Access-Control-Allow-Methods',
  headers: 'Access-Control-Allow-Headers',
  credentials: 'Access-Control-Allow-Credentials',
  age: 'Access-Control-Max-Age',
  exposed: 'Access-Control-Expose-Headers',
}
type Part = keyof typeof corsHeaders

/** Says which origins are let in, and what a question before the request (OPTIONS) is answered. */
function corsMaps(spec: SiteSpec): string {
  if (!spec.cors) return ''
  const name = (part: Part | 'preflight') => variable(spec, `cors_${part}`)
  const { origins } = spec.cors
  const isOpen = origins.includes('*')
  const asked = [
    ['default', empty],
    [String.raw`"~^OPTIONS \S+ \S"`, '1'],
  ] as const
  return (
    map('$http_origin', name('origin'), [
      ['default', isOpen ? '"*"' : empty],
      ...(isOpen
        ? [[empty, empty] as const]
        : [[word(`~^(?:${origins.map(escaped).join('|')})$`), '$http_origin'] as const]),
    ]) +
    map(`"$request_method $http_access_control_request_method ${name('origin')}"`, name('preflight'), asked) +
    partsOf(spec.cors)
      .map(([part, value, always]) =>
        map(always ? name('origin') : name('preflight'), name(part), [
          ['default', literal(value)],
          [empty, empty],
        ]),
      )
      .join('')
  )
}

/** Parts with a value; those that only the question before is answered have no `always`. */
function partsOf({ methods, headers, credentials, maxAge, exposed }: Cors): [Part, string, always: boolean][] {
  const all: [Part, string, boolean][] = [
    ['methods', methods.join(', '), false],
    ['headers', headers.join(', '), false],
    ['age', String(maxAge), false],
    ['credentials', credentials ? 'true' : '', true],
    ['exposed', exposed.join(', '), true],
  ]
  return all.filter(([, value]) => value !== '')
}

/** Adds the headers; server context. What the site's own code says of them is left out. */
export function headerRules(spec: SiteSpec): string {
  const own = byName(spec)
  const added = [
    ...own.map(([, all], index) => [all[0]!.name, variable(spec, `header${index}`)] as const),
    ...(spec.cors
      ? (['origin', ...partsOf(spec.cors).map(([part]) => part)] as Part[]).map(
          (part) => [corsHeaders[part], variable(spec, `cors_${part}`)] as const,
        )
      : []),
  ]
  const replaced = [
    ...own.filter(([, all]) => all.some(({ path = '/' }) => path === '/')).map(([, all]) => all[0]!.name),
    ...(spec.cors ? Object.values(corsHeaders) : []),
  ]
  const module = spec.runtime === 'static' ? null : spec.runtime === 'php' ? 'fastcgi' : 'proxy'
  return [
    expires(spec),
    ...added.map(([name, value]) => `    add_header ${name} ${value} always;\n`),
    ...(spec.cors && !spec.cors.origins.includes('*') ? ['    add_header Vary Origin always;\n'] : []),
    ...(module ? replaced.map((name) => `    ${module}_hide_header ${name};\n`) : []),
    ...(spec.cors ? [`    if (${variable(spec, 'cors_preflight')}) {\n        return 204;\n    }\n`] : []),
  ].join('')
}
