interface Statement {
  name: string
  line: number
}

/**
 * Directives that nginx's master, which is root, follows by opening or making files, and programs inside nginx. They can
 * be used in files that root puts on the server, and not through the API: the panel is not root.
 */
const asRoot =
  /^(?:include|load_module|.*access_log|.*error_log|log_format|.*_temp_path|.*_cache_path|.*_store|.*_store_access|dav_.*)$|lua|perl|^js_|_js|xslt_|geoip|^ssl_|_ssl_(?!verify$|verify_depth$|name$|server_name$|protocols$|session_reuse$)/

/** Lists the directives of a text as nginx reads it: quotes, comments and blocks. Pure. */
export function statements(text: string): Statement[] {
  const found: Statement[] = []
  let [line, first] = [1, true]
  for (const [token] of text.matchAll(/\n|#[^\n]*|"(?:\\[^]|[^"\\])*"?|'(?:\\[^]|[^'\\])*'?|[;{}]|(?:\\[^]|\$\{|[^\s;{}\\])+/g)) {
    if (token === ';' || token === '{' || token === '}') first = true
    else if (token !== '\n' && !(token.startsWith('#') && first)) {
      if (first) found.push({ name: token.replaceAll(/^["']|["']$/g, ''), line })
      first = false
    }
    line += token.split('\n').length - 1
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
