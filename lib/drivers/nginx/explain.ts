import { siteNames } from '../../model/sites/names.ts'

/** Directives that a change sets, by site. */
export type Texts = ReadonlyMap<string, string>

/**
 * Says what nginx dislikes in the own directives of a site, with their file and line; null when its complaint is of
 * something else. nginx names no place for a variable that nobody sets, so it is looked up. Pure.
 */
export function explainRefusal(problem: string, texts: Texts): string | null {
  const [, what, file, line] = /\[emerg\] (?:\d+#\d+: )?(.*?)(?: in ([^\s:]+):(\d+))?$/m.exec(problem) ?? []
  if (what === undefined) return null
  for (const [domain, text] of texts) {
    const { additions, vhost, vhostLink, directives } = siteNames(domain)
    if (file?.startsWith(`${additions}/`)) return `${file}, line ${line}: ${what}`
    if (file === vhost || file === vhostLink) return `${what}: the panel’s own part of the site has it already`
    const variable = file ? undefined : /unknown "(\w+)" variable/.exec(what)?.[1]
    const found = variable ? lineOf(text, variable) : 0
    if (found > 0) return `${directives}, line ${found}: ${what}`
  }
  return null
}

const lineOf = (text: string, variable: string): number =>
  text.split('\n').findIndex((line) => new RegExp(`\\$\\{?${variable}\\b`).test(line)) + 1
