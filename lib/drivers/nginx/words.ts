/** Writes a text as one word of nginx's configuration, in which `$` means a variable. */
export const word = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`

/**
 * The same for a text that has none: nginx knows no other way to write a `$` than a variable that holds one
 * (paths.conf.ts).
 */
export const literal = (text: string): string => word(text).replaceAll('$', '${hosting_panel_dollar}')

/** Text as a part of a regular expression. */
export const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|#\s-]/g, String.raw`\$&`)

type Lines = readonly (readonly [from: string, to: string])[]

const block = (head: string, lines: Lines, more = ''): string =>
  `${head} {\n${more}${lines.map(([from, to]) => `    ${from} ${to};\n`).join('')}}\n`

/** A map of nginx's: lines of a source and what it stands for, both as they are to be written. */
export const map = (source: string, name: string, lines: Lines): string => block(`map ${source} ${name}`, lines)

/** A map that is looked up anew each time, as its source may have changed. */
export const volatileMap = (source: string, name: string, lines: Lines): string =>
  block(`map ${source} ${name}`, lines, '    volatile;\n')

/** A map of visitors' addresses. */
export const geo = (name: string, lines: Lines): string => block(`geo ${name}`, lines)
