import { OWN } from './database-account.ts'

const times = (count: string): string => (count === '1' ? 'once' : `${count} times`)

const sentences: Record<string, (words: readonly string[]) => string> = {
  left: ([what, count]) =>
    `Left out ${times(count!)}: a statement about ${what}. It belongs to the server that wrote the dump, and changes ` +
    'nothing in the database',
  mapped: ([from, to, count]) =>
    `Renamed ${times(count!)}: the collation ${from} to ${to}, as this MariaDB does not know the first. Order and ` +
    'comparison of text may differ a little',
  definer: ([who, count]) =>
    `Left out ${times(count!)}: the definer ${who}. What it had defined now runs as the database’s own account`,
}

/** Says in a sentence what the filter tells of in a line; null for what is no change: the panel's own account. */
export function importNote(line: string): string | null {
  const [kind, ...words] = line.split('\t')
  if (kind === 'definer' && words[0]?.includes(OWN)) return null
  return sentences[kind!]?.(words) ?? null
}
