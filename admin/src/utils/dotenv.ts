/**
 * The variables of a .env file's text: NAME=value a line, quotes around a value taken off, comments and `export`
 * skipped.
 */
export function parseDotenv(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).map((line) => /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line))
  return Object.fromEntries(lines.filter((match) => match !== null).map(([, name, value]) => [name, unquoted(value!)]))
}

function unquoted(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value)
  if (!quoted) return value.replace(/\s+#.*$/, '')
  return quoted[1] === '"' ? quoted[2]!.replaceAll('\\n', '\n').replaceAll('\\"', '"') : quoted[2]!
}
