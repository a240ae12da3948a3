import type { SiteChanges } from '../api/client.ts'

type Header = NonNullable<SiteChanges['headers']>[number]
type ErrorPage = NonNullable<SiteChanges['errorPages']>[number]

/** Lines of a text, without the empty ones. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

/** Words of a text, with spaces or commas between. */
export const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

/** `X-Frame-Options: DENY`, or with a path before it: `/blog X-Robots-Tag: noindex`. */
export function headerOf(line: string): Header {
  const [, path, name, value] = /^(?:(\/\S*)\s+)?([^:\s]*)\s*:?\s*(.*)$/.exec(line) ?? []
  return { name: name ?? '', value: value ?? '', ...(path && { path }) }
}
export const headerLine = ({ name, value, path }: Header): string => `${path ? `${path} ` : ''}${name}: ${value}`

/** `404 /errors/404.html`. */
export function errorPageOf(line: string): ErrorPage {
  const [status, path = ''] = line.split(/\s+/)
  return { status: Number(status) as ErrorPage['status'], path }
}
export const errorPageLine = ({ status, path }: ErrorPage): string => `${status} ${path}`

interface Redirect {
  from: string
  match: string
  to: string | null
  status: number
}

/** A redirect as a line of a list; what has spaces or quotes in it is quoted. */
export const redirectLine = ({ from, match, to, status }: Redirect): string => {
  const source = match === 'prefix' ? `${from === '/' ? '' : from}/*` : from
  return `${/[\s",;]/.test(source) ? `"${source.replaceAll('"', '""')}"` : source} ${to ?? '-'} ${status}`
}
