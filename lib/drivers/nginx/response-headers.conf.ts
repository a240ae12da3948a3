import { isBound, type Cors, type Header } from '../../model/sites/response-headers.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { below, byLength } from './access.conf.ts'
import { variable } from './variable.ts'
import { escaped, literal, map, word } from './words.ts'

const empty = '""'

/** Headers by their names, in the order in which they were first named. */
const byName = ({ headers }: SiteSpec): [string, Header[]][] => [
  ...Map.groupBy(headers, ({ name }) => name.toLowerCase()),
]

/** The value that a header has everywhere else than at paths of its own. */
const usual = (all: readonly Header[]): string | undefined => all.find((one) => !isBound(one))?.value

/** Writes a value as it is where it is the same everywhere: a variable costs every request time. */
const writtenValue = (spec: SiteSpec, all: readonly Header[], index: number): string =>
  all.some(isBound) ? variable(spec, `header${index}`) : literal(usual(all)!)

/**
 * Values of headers that differ by path; http context. A header with an empty value is not sent, so that all of them
 * are set once for the whole server: one that is set in a location makes it forget those of the server.
 */
export const headerMaps = (spec: SiteSpec): string =>
  byName(spec)
    .map(([name, all], index) =>
      all.some(isBound)
        ? map('$hosting_panel_path', variable(spec, `header${index}`), [
            ['default', literalOr(usual(all))],
            ...byLength(all.filter(isBound)).map(
              ({ path, value }) => [word(`~*${below(path!)}`), literal(value)] as const,
            ),
          ]) + (name === 'cache-control' && usual(all) === undefined ? expiresMap(spec, index) : '')
        : '',
    )
    .join('') + corsMaps(spec)

const expiresMap = (spec: SiteSpec, index: number): string =>
  map(variable(spec, `header${index}`), variable(spec, 'expires'), [
    ['default', 'off'],
    [empty, '$hosting_panel_expires'],
  ])

const literalOr = (value: string | undefined): string => (value === undefined ? empty : literal(value))

/** Browsers keep files as the site's own Cache-Control says, where it says so. */
function expires(spec: SiteSpec): string {
  const [, all] = byName(spec).find(([name]) => name === 'cache-control') ?? []
  if (!all) return ''
  return `    expires ${usual(all) === undefined ? variable(spec, 'expires') : 'off'};\n`
}

const corsHeaders = {
  origin: 'Access-Control-Allow-Origin',
  methods: 'Access-Control-Allow-Methods',
  headers: 'Access-Control-Allow-Headers',
  credentials: 'Access-Control-Allow-Credentials',
  age: 'Access-Control-Max-Age',
  exposed: 'Access-Control-Expose-Headers',
}
type Part = keyof typeof corsHeaders

const isOpen = ({ origins }: Cors): boolean => origins.includes('*')

/** Says which origins are let in, and what a question before the request (OPTIONS) is answered. */
function corsMaps(spec: SiteSpec): string {
  if (!spec.cors) return ''
  const { cors } = spec
  const name = (part: Part | 'preflight' | 'asked') => variable(spec, `cors_${part}`)
  const origin = isOpen(cors) ? '$http_origin' : name('origin')
  const asked = [
    ['default', empty],
    [String.raw`"~^\S+ \S"`, '1'],
  ] as const
  const preflight = [
    ['default', empty],
    ['OPTIONS', name('asked')],
  ] as const
  return [
    isOpen(cors) ? '' : originMap(spec, cors),
    map(`"$http_access_control_request_method ${origin}"`, name('asked'), asked),
    map('$request_method', name('preflight'), preflight),
    ...partsOf(cors)
      .filter(([, , always]) => !always || !isOpen(cors))
      .map(([part, value, always]) =>
        map(always ? name('origin') : name('preflight'), name(part), [
          ['default', literal(value)],
          [empty, empty],
        ]),
      ),
  ].join('')
}

const originMap = (spec: SiteSpec, { origins }: Cors): string =>
  map('$http_origin', variable(spec, 'cors_origin'), [
    ['default', empty],
    [word(`~^(?:${origins.map(escaped).join('|')})$`), '$http_origin'],
  ])

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

/** Headers of CORS with their values: the same for all where every origin is let in. */
const corsAdded = (spec: SiteSpec, cors: Cors): [string, string][] =>
  ([['origin', '*', true], ...partsOf(cors)] as ReturnType<typeof partsOf>).map(([part, value, always]) => [
    corsHeaders[part],
    always && isOpen(cors) ? literal(value) : variable(spec, `cors_${part}`),
  ])

/** Adds the headers; server context. What the site's own code says of them is left out. */
export function headerRules(spec: SiteSpec): string {
  const own = byName(spec)
  const added = [
    ...own.map(([, all], index) => [all[0]!.name, writtenValue(spec, all, index)] as const),
    ...(spec.cors ? corsAdded(spec, spec.cors) : []),
  ]
  const replaced = [
    ...own.filter(([, all]) => usual(all) !== undefined).map(([, all]) => all[0]!.name),
    ...(spec.cors ? Object.values(corsHeaders) : []),
  ]
  const module = spec.runtime === 'static' ? null : spec.runtime === 'php' ? 'fastcgi' : 'proxy'
  return [
    expires(spec),
    ...added.map(([name, value]) => `    add_header ${name} ${value} always;\n`),
    ...(spec.cors && !isOpen(spec.cors) ? ['    add_header Vary Origin always;\n'] : []),
    ...(module ? replaced.map((name) => `    ${module}_hide_header ${name};\n`) : []),
  ].join('')
}

/** Answers the question before a request; server context. */
export const preflightRule = (spec: SiteSpec): string =>
  spec.cors ? `    if (${variable(spec, 'cors_preflight')}) {\n        return 204;\n    }\n` : ''
