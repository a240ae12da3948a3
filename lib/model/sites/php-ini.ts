import * as v from 'valibot'

/** Values that a directive of PHP takes. Sizes are written as PHP has them: 512K, 4M. */
type Values =
  | { kind: 'flag' }
  | { kind: 'number'; least: number; most: number }
  | { kind: 'size'; mostMb: number }
  | { kind: 'choice'; of: readonly string[] }
  /** Names, separated by commas. */
  | { kind: 'names' }

/** `fixed`: the site's code cannot change it. */
type Directive = Values & { fixed?: true }

const flag: Directive = { kind: 'flag' }
const number = (least: number, most: number): Directive => ({ kind: 'number', least, most })
const choice = (...of: string[]): Directive => ({ kind: 'choice', of })
const YEAR = 31_536_000

/** Directives that a site may set. Each is known to PHP 7.4 to 8.5, and takes effect in a pool. */
export const iniDirectives: Readonly<Record<string, Directive>> = {
  allow_url_fopen: { kind: 'flag', fixed: true },
  default_charset: choice('UTF-8', 'ISO-8859-1', 'ISO-8859-15', 'Windows-1252', 'Windows-1251', 'KOI8-R'),
  default_socket_timeout: number(1, 3600),
  disable_functions: { kind: 'names', fixed: true },
  error_reporting: number(0, 32_767),
  file_uploads: { kind: 'flag', fixed: true },
  html_errors: flag,
  ignore_user_abort: flag,
  max_file_uploads: number(1, 1000),
  max_input_nesting_level: number(1, 1000),
  max_input_time: number(-1, 3600),
  'opcache.enable': flag,
  'opcache.revalidate_freq': number(0, 86_400),
  'opcache.validate_timestamps': flag,
  output_buffering: number(0, 1_048_576),
  'pcre.backtrack_limit': number(1000, 100_000_000),
  'pcre.jit': flag,
  'pcre.recursion_limit': number(1000, 100_000_000),
  precision: number(-1, 17),
  realpath_cache_size: { kind: 'size', mostMb: 64 },
  realpath_cache_ttl: number(0, 86_400),
  serialize_precision: number(-1, 17),
  'session.cache_expire': number(1, 525_600),
  'session.cache_limiter': choice('nocache', 'private', 'private_no_expire', 'public'),
  'session.cookie_httponly': flag,
  'session.cookie_lifetime': number(0, YEAR),
  'session.cookie_samesite': choice('Lax', 'Strict', 'None'),
  'session.cookie_secure': flag,
  'session.gc_maxlifetime': number(60, YEAR),
  'session.use_strict_mode': flag,
  short_open_tag: flag,
  'zlib.output_compression': flag,
}

const units: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

function bytesOf(size: string): number {
  const [, digits, unit] = /^(\d{1,12})([KMG]?)$/.exec(size) ?? []
  return digits === undefined ? NaN : Number(digits) * units[unit!]!
}

const isBetween = (value: string, least: number, most: number): boolean =>
  /^(?:0|-?[1-9]\d{0,9})$/.test(value) && Number(value) >= least && Number(value) <= most

const LONGEST_LIST = 4000

function fits(directive: Directive, value: string): boolean {
  switch (directive.kind) {
    case 'flag':
      return ['on', 'off'].includes(value)
    case 'number':
      return isBetween(value, directive.least, directive.most)
    case 'size':
      return bytesOf(value) > 0 && bytesOf(value) <= directive.mostMb * 1024 ** 2
    case 'choice':
      return directive.of.includes(value)
    case 'names':
      return value.length <= LONGEST_LIST && /^[a-z_][a-z0-9_]*(?:,[a-z_][a-z0-9_]*)*$/.test(value)
  }
}

/** Says in words which values a directive takes. */
export function iniValues(directive: Directive): string {
  switch (directive.kind) {
    case 'flag':
      return 'on or off'
    case 'number':
      return `a whole number from ${directive.least} to ${directive.most}`
    case 'size':
      return `a size of at most ${directive.mostMb}M, such as 512K or 4M`
    case 'choice':
      return `one of ${directive.of.join(', ')}`
    case 'names':
      return 'names of functions, separated by commas'
  }
}

const problemOf = (name: string, value: string | null): string | null => {
  const directive = Object.hasOwn(iniDirectives, name) ? iniDirectives[name]! : null
  if (!directive)
    return `This directive cannot be set for one site; these can: ${Object.keys(iniDirectives).join(', ')}`
  return value === null || fits(directive, value) ? null : `${name} takes ${iniValues(directive)}`
}

/** Refuses what no directive takes, and names it. */
const check = v.rawCheck<Record<string, string | null>>(({ dataset, addIssue }) => {
  if (!dataset.typed) return
  for (const [key, value] of Object.entries(dataset.value)) {
    const message = problemOf(key, value)
    if (message) addIssue({ message, path: [{ type: 'object', origin: 'value', input: dataset.value, key, value }] })
  }
})

const text = v.pipe(v.string(), v.maxLength(LONGEST_LIST))

/** PHP's directives of one site, by name. */
export const iniSettings = v.pipe(v.record(v.string(), text), check as v.RawCheckAction<Record<string, string>>)
export type IniSettings = v.InferOutput<typeof iniSettings>

/** New values by name; null gives PHP's own value back. */
export const iniChanges = v.pipe(v.record(v.string(), v.nullable(text)), check)
