import type { Store } from './open.ts'

/** Kinds of things that change. There is only one of settings, bans and firewall: their name is their kind. */
export type Kind = 'site' | 'database' | 'settings' | 'bans' | 'firewall'

export type ChangeOf = 'create' | 'update' | 'rename' | 'trash' | 'purge' | 'delete'

/** A change that was begun, and is not known to be made or refused. */
export interface PendingChange {
  kind: Kind
  name: string
  change: ChangeOf
  /** Desired state, where no other table has it. */
  desired: unknown
  /** State that counts again when the machine refuses; null: there was nothing. */
  previous: unknown
}

interface Raw extends Omit<PendingChange, 'desired' | 'previous'> {
  desired: string | null
  previous: string | null
}

const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
const toPending = ({ desired, previous, ...rest }: Raw): PendingChange => ({
  ...rest,
  desired: parsed(desired),
  previous: parsed(previous),
})
const written = (value: unknown): string | null => (value == null ? null : JSON.stringify(value))

/** Notes that a change begins. Answers false, and notes nothing, while one of the same thing is pending. */
export function beginPending(
  { sqlite }: Store,
  { kind, name, change, desired, previous }: Pick<PendingChange, 'kind' | 'name' | 'change'> & Partial<PendingChange>,
): boolean {
  const query =
    'INSERT OR IGNORE INTO pending_changes (kind, name, change, desired, previous, begun_at) VALUES (?, ?, ?, ?, ?, ?)'
  const now = new Date().toISOString()
  return sqlite.prepare(query).run(kind, name, change, written(desired), written(previous), now).changes > 0
}

export function findPending({ sqlite }: Store, kind: Kind, name: string): PendingChange | null {
  const raw = sqlite.prepare('SELECT * FROM pending_changes WHERE kind = ? AND name = ?').get(kind, name)
  return raw ? toPending(raw as Raw) : null
}

export const listPending = ({ sqlite }: Store, kind: Kind): PendingChange[] =>
  (sqlite.prepare('SELECT * FROM pending_changes WHERE kind = ? ORDER BY name').all(kind) as Raw[]).map(toPending)

/** Deletes a change that is made, or refused. */
export function endPending({ sqlite }: Store, kind: Kind, name: string): void {
  sqlite.prepare('DELETE FROM pending_changes WHERE kind = ? AND name = ?').run(kind, name)
}
