const units = ['B', 'KB', 'MB', 'GB', 'TB']

/** `0 B`, `16 KB`, `1.2 MB`: two figures at least, of which the second says something. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)))
  const value = bytes / 1024 ** power
  return `${value < 10 && power > 1 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

/** `1 table`, `3 tables`. */
export const count = (many: number, one: string, more = `${one}s`): string =>
  `${many.toLocaleString()} ${many === 1 ? one : more}`

/** `3 databases`, `3 of 5 databases`. */
export const amountOf = (used: number, most: number | null, one: string, more = `${one}s`): string =>
  most === null ? count(used, one, more) : `${used.toLocaleString()} of ${count(most, one, more)}`

/** How long a bar is beside the largest of its list. */
export const share = (part: number, most: number): number => (most > 0 ? part / most : 0)

/** `Nov 27, 14:33`: of what lies within a month or so, where the year says nothing. */
export const shortMoment = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })
