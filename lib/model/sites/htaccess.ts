import * as v from 'valibot'

/** A .htaccess of a site, which nginx does not read, with the paths that Apache would not serve by it. */
const file = v.strictObject({
  /** Its folder, as visitors name it. */
  path: v.string(),
  denied: v.array(v.string()),
  /** Whether it asks for a password. */
  password: v.boolean(),
  /** Whether it has rewrite rules or redirects. */
  rewrites: v.boolean(),
})
export type Htaccess = v.InferOutput<typeof file>

export const htaccess = v.strictObject({ files: v.array(file), complete: v.boolean() })

/** The site's users write these files, and root reads them: so much of a line, and so many paths of a file. */
const LONGEST_LINE = 1_000
const MOST_PATHS = 100
const LONGEST_PATH = 200

/** Reads a .htaccess. `folder` is its own, as `/` or `/data`. Pure. */
export function readHtaccess(folder: string, text: string): Htaccess {
  const base = folder === '/' ? '' : folder
  const denied = new Set<string>()
  const found = { password: false, rewrites: false }
  let about = ''
  for (const line of text.split('\n')) {
    const words = wordsOf(line.slice(0, LONGEST_LINE))
    const [directive = '', ...rest] = words
    about = sectionOf(directive.toLowerCase(), rest) ?? about
    found.password ||= /^authtype$/i.test(directive)
    found.rewrites ||= /^(?:rewriterule$|redirect)/i.test(directive)
    const path = deniesAll(words) ? about : forbidden(words)
    if (path !== null && denied.size < MOST_PATHS) denied.add((`${base}${path}` || '/').slice(0, LONGEST_PATH))
  }
  return { path: folder, denied: [...denied], ...found }
}

/** Splits a line at its spaces and around quotes; each character is looked at once or twice. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|[^\s"]+/g)].map(([whole, quoted]) => quoted ?? whole)

/** The names that a section is about, where a line begins or ends one. */
function sectionOf(directive: string, [first = '', second = '']: readonly string[]): string | null {
  if (directive.startsWith('</files')) return ''
  if (directive === '<filesmatch') return `/${plainNames(bare(first))}`
  if (directive !== '<files') return null
  return first === '~' ? `/${plainNames(bare(second))}` : `/${bare(first)}`
}

const bare = (name: string): string => (name.endsWith('>') ? name.slice(0, -1) : name)

const deniesAll = (words: readonly string[]): boolean =>
  ['require all denied', 'deny from all'].includes(words.slice(0, 3).join(' ').toLowerCase())

/** The path that a rewrite rule forbids: `RewriteRule ^private - [F]`. */
function forbidden([directive = '', pattern, target, ...flags]: readonly string[]): string | null {
  if (directive.toLowerCase() !== 'rewriterule' || pattern === undefined || target !== '-') return null
  const forbids = /[[,](?:F|forbidden)[,\]]/i.test(flags.join(''))
  return forbids ? `/${pattern.replace(/^\^/, '')}` : null
}

/** A pattern of names as people read it: `\.(log|sql)$` is `*.(log|sql)`. */
const plainNames = (pattern: string): string =>
  `${pattern.startsWith('^') ? '' : '*'}${pattern.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\', '')}`
