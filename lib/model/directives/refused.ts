interface Statement {
  name: string
  line: number
}

/** Names that a TLS directive of an upstream may end in: all others are of files. */
const tls = ['verify', 'verify_depth', 'name', 'server_name', 'protocols', 'session_reuse']

/**
 * Directives that nginx's master, which is root, follows by opening or making files, and programs inside nginx. They
 * can be used in files that root puts on the server, and not through the API: the panel is not root.
 */
const asRoot = new RegExp(
  [
    '^(?:include|load_module|log_format|dav_.*|ssl_.*|js_.*|xslt_.*|geoip.*)$',
    '(?:access_log|error_log|_temp_path|_cache_path|_store|_store_access)$',
    'lua|perl|_js',
    `_ssl_(?!(?:${tls.join('|')})$)`,
  ].join('|'),
)

/** Comments, quotes and words as nginx tells them apart. */
const token = new RegExp(
  [
    String.raw`\n|#[^\n]*|[;{}]`,
    String.raw`"(?:\\[^]|[^"\\])*"?|'(?:\\[^]|[^'\\])*'?`,
    String.raw`(?:\\[^]|\$\{|[^\s;{}\\])(?:\\[^]|\$\{|[^\s;{\\])*`,
  ].join('|'),
  'g',
)

/** Lists the directives of a text as nginx reads it: quotes, comments and blocks. Pure. */
export function statements(text: string): Statement[] {
  const found: Statement[] = []
  let [line, first] = [1, true]
  for (const [part] of text.matchAll(token)) {
    if (part === ';' || part === '{' || part === '}') first = true
    else if (part !== '\n' && !(part.startsWith('#') && first)) {
      if (first) found.push({ name: part.replaceAll(/^["']|["']$/g, ''), line })
      first = false
    }
    line += part.split('\n').length - 1
  }
  return found
}

/** Why a text may not be set through the API, with its line; null when it may. */
export function refusedDirective(text: string): string | null {
  for (const { name, line } of statements(text)) {
    if (!/^[a-z0-9_]+$/.test(name)) return `Line ${line}: ${name.slice(0, 40)} is no name of a directive`
    if (asRoot.test(name)) {
      return `Line ${line}: ${name} makes nginx open files as root, so only root sets it, in a file on the server`
    }
  }
  return null
}
