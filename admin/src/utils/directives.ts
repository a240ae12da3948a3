type Directives = Record<string, string>

/** PHP directives as people write them: one a line, `name = value`. */
export const directivesText = (directives: Directives): string =>
  Object.entries(directives)
    .map(([name, value]) => `${name} = ${value}`)
    .join('\n')

/** Reads them; of a line without `=` the panel says that no such directive exists. */
export const parseDirectives = (text: string): Directives =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [name, ...rest] = line.split('=')
      return name!.trim() === '' ? [] : [[name!.trim(), rest.join('=').trim()]]
    }),
  )

/** Directives that differ; null: it goes. */
export const changedDirectives = (next: Directives, last: Directives): Record<string, string | null> =>
  Object.fromEntries(
    [...new Set([...Object.keys(last), ...Object.keys(next)])]
      .filter((name) => next[name] !== last[name])
      .map((name) => [name, next[name] ?? null]),
  )
