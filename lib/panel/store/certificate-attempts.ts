import type { Store } from './open.ts'

export interface Attempt {
  subject: string
  at: string
  kind: 'request' | 'renewal'
  names: readonly string[]
  /** Whether the authority itself was asked: what failed before that counts towards none of its limits. */
  asked: boolean
  ok: boolean
  code: string | null
  message: string | null
}

interface Raw {
  at: string
  kind: 'request' | 'renewal'
  ok: number
  code: string | null
  message: string | null
}

export function addAttempt({ sqlite }: Store, { subject, at, kind, names, asked, ok, code, message }: Attempt): void {
  sqlite
    .prepare(
      'INSERT INTO certificate_attempts (subject, at, kind, names, asked, ok, code, message) VALUES (?, ?, ?, ' +
        '?, ?, ?, ?, ?)',
    )
    .run(subject, at, kind, JSON.stringify([...names].sort()), Number(asked), Number(ok), code, message)
}

/** A subject's attempts since a time, newest first. */
export function attemptsSince(
  { sqlite }: Store,
  subject: string,
  since: string,
): Omit<Attempt, 'subject' | 'names' | 'asked'>[] {
  const rows = sqlite
    .prepare(
      'SELECT at, kind, ok, code, message FROM certificate_attempts WHERE subject = ? AND at >= ? ORDER BY id ' +
        'DESC LIMIT 50',
    )
    .all(subject, since) as Raw[]
  return rows.map(({ ok, ...row }) => ({ ...row, ok: ok === 1 }))
}

/** Reads the message of each subject whose last attempt since a time failed. */
export function lastFailures({ sqlite }: Store, since: string): Map<string, { at: string; message: string }> {
  const query =
    'SELECT subject, at, message FROM certificate_attempts WHERE id IN (SELECT max(id) FROM ' +
    'certificate_attempts WHERE at >= ? GROUP BY subject) AND ok = 0'
  return new Map(
    (sqlite.prepare(query).all(since) as { subject: string; at: string; message: string }[]).map(
      ({ subject, ...last }) => [subject, last],
    ),
  )
}

/** When an authority was asked for just these names between two times, oldest first. */
export function askedBetween(
  { sqlite }: Store,
  names: readonly string[],
  [from, to]: readonly [from: string, to: string],
  ok: boolean,
): string[] {
  const query =
    'SELECT at FROM certificate_attempts WHERE names = ? AND at BETWEEN ? AND ? AND asked = 1 AND ok = ? ORDER BY id'
  const rows = sqlite.prepare(query).all(JSON.stringify([...names].sort()), from, to, Number(ok))
  return (rows as { at: string }[]).map(({ at }) => at)
}

export function pruneAttempts({ sqlite }: Store, isOld: (at: number) => boolean): number {
  const rows = sqlite.prepare('SELECT id, at FROM certificate_attempts').all() as { id: number; at: string }[]
  const old = rows.filter(({ at }) => isOld(Date.parse(at)))
  for (const { id } of old) sqlite.prepare('DELETE FROM certificate_attempts WHERE id = ?').run(id)
  return old.length
}
