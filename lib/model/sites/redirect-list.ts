/** A line of a list of redirects, in the fields of the API. */
export interface Listed {
  from: string
  match: 'exact' | 'prefix' | 'regex'
  to?: string
  status?: number
}

/** Names of columns that a table of a spreadsheet begins with. */
const heading = /^"?(?:from|source|old|address|url|path|alt)\b/i
/** With `s` the rest of a line always fits, so that no line is read twice. */
const apache = /^redirect(match|permanent|temp)?\s+(?:(permanent|temp|seeother|gone|\d{3})\s+)?(.*)$/is
/** A redirect's two addresses are shorter. */
const LONGEST_LINE = 5_000
const statusWords: Record<string, number> = { permanent: 301, temp: 302, gone: 410 }

/**
 * Reads a list of redirects, one a line: `/old /new 301`, with spaces, tabs, commas or semicolons between; `/old/*` is
 * a prefix, `^/old/(\d+)$` a regular expression, `/gone - 410` leads nowhere. Lines of Apache's Redirect and
 * RedirectMatch are read too. Answers the number of the first line that it cannot read.
 */
export function parseRedirectList(text: string): Listed[] | { line: number } {
  const found: Listed[] = []
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || (found.length === 0 && heading.test(line))) continue
    const one =
      line.length > LONGEST_LINE ? null : (fromApache(line) ?? fromFields(fieldsOf(line.replace(/^~\s*/, ''))))
    if (!one) return { line: index + 1 }
    found.push(one)
  }
  return found
}

/** Splits a line at its tabs, semicolons, commas or spaces: at the first of these that it has outside of quotes. */
function fieldsOf(line: string): string[] {
  const outside = line.replaceAll(/"(?:[^"]|"")*"/g, '')
  const between = ['\t', ';', ','].find((mark) => outside.includes(mark)) ?? ' '
  const field = new RegExp(`"((?:[^"]|"")*)"|[^${between}"]+|(?<=${between})(?=${between})`, 'g')
  return [...line.matchAll(field)].map(([whole, quoted]) => (quoted?.replaceAll('""', '"') ?? whole).trim())
}

function fromFields([from, to = '', status = '']: string[]): Listed | null {
  if (!from || (status !== '' && !/^\d{3}$/.test(status))) return null
  return listed(withoutHost(from), ['', '-'].includes(to) ? undefined : to, status === '' ? undefined : Number(status))
}

function listed(from: string, to: string | undefined, status: number | undefined): Listed | null {
  const regex = from.startsWith('^')
  if (!regex && !from.startsWith('/')) return null
  const prefix = !regex && /\/\*$/.test(from)
  return {
    from: regex ? from : prefix ? from.slice(0, -2) || '/' : from,
    match: regex ? 'regex' : prefix ? 'prefix' : 'exact',
    ...(to !== undefined && { to: prefix ? to.replace(/\/\*$/, '') || '/' : to }),
    ...(status !== undefined && { status }),
  }
}

/** Old addresses are often listed whole. */
const withoutHost = (from: string): string => from.replace(/^https?:\/\/[^/?]+/i, '') || '/'

/** Apache's Redirect means the path and all below it. */
function fromApache(line: string): Listed | null {
  const [, kind = '', given = '', rest] = apache.exec(line) ?? []
  if (rest === undefined) return null
  const [from = '', to] = fieldsOf(rest)
  const word = (given || (kind.toLowerCase() === 'match' ? '' : kind)).toLowerCase()
  const status = /^\d/.test(word) ? Number(word) : (statusWords[word] ?? 302)
  if (kind.toLowerCase() === 'match') return listed(from.startsWith('^') ? from : `^${from}`, to, status)
  return from.startsWith('/') ? { from, match: 'prefix', ...(to !== undefined && { to }), status } : null
}
