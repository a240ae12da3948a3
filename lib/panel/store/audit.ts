import { createHash } from 'node:crypto'
import type { Store } from './open.ts'

export interface AuditEntry {
  at: string
  /** User; null when nobody was signed in. */
  actor: string | null
  address: string
  /** e.g. `site.create`. */
  action: string
  /** Target, e.g. a domain. */
  object: string | null
  ok: boolean
  /** The error's code, when it was refused. */
  code: string | null
  /** The input, with secrets taken out. */
  details: unknown
  /** The thing it was done to, before and after, with secrets taken out. */
  before: unknown
  after: unknown
}

export type AuditRow = AuditEntry & { id: number }

interface Raw extends Omit<AuditEntry, 'ok' | 'details' | 'before' | 'after'> {
  id: number
  ok: number
  details: string
  before: string | null
  after: string | null
  hash: string | null
}

interface Chain {
  firstId: number
  firstPrevious: string
  lastId: number
  lastHash: string
}

const chainOf = ({ sqlite }: Store): Chain =>
  sqlite
    .prepare(
      'SELECT first_id AS firstId, first_previous AS firstPrevious, last_id AS lastId, last_hash AS lastHash ' +
        'FROM audit_chain',
    )
    .get() as Chain

/**
 * Over every column and the hash of the row before: a row that was changed, removed or put in breaks the chain there.
 */
const hashOf = (
  previous: string,
  { id, at, actor, address, action, object, ok, code, details, before, after }: Raw,
): string =>
  createHash('sha256')
    .update(JSON.stringify([previous, id, at, actor, address, action, object, ok, code, details, before, after]))
    .digest('hex')

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

/** Adds an entry at the chain's end; the panel and the command line may do so at once. */
export function addAuditEntry(store: Store, entry: AuditEntry): void {
  const { sqlite } = store
  sqlite
    .transaction(() => {
      const { lastId, lastHash } = chainOf(store)
      const row: Raw = {
        ...entry,
        id: lastId + 1,
        ok: entry.ok ? 1 : 0,
        hash: null,
        details: JSON.stringify(entry.details ?? null),
        before: json(entry.before),
        after: json(entry.after),
      }
      const hash = hashOf(lastHash, row)
      sqlite
        .prepare(
          `INSERT INTO audit (id, at, actor, address, action, object, ok, code, details, before, after, hash)
      VALUES (@id, @at, @actor, @address, @action, @object, @ok, @code, @details, @before, @after, @hash)`,
        )
        .run({ ...row, hash })
      sqlite.prepare('UPDATE audit_chain SET last_id = ?, last_hash = ?').run(row.id, hash)
    })
    .immediate()
}

/**
 * Deletes entries from the oldest on, up to the first that is not old, and records where the chain now begins; answers
 * how many. A later one with an early time was written by a clock that was wrong.
 */
export function pruneAudit(store: Store, isOld: (at: number) => boolean): number {
  const { sqlite } = store
  return sqlite
    .transaction(() => {
      let last: Pick<Raw, 'id' | 'hash'> | undefined
      const rows = sqlite.prepare('SELECT id, at, hash FROM audit ORDER BY id').iterate()
      for (const row of rows as Iterable<Pick<Raw, 'id' | 'at' | 'hash'>>) {
        if (!isOld(Date.parse(row.at))) break
        last = row
      }
      if (!last) return 0
      if (last.hash !== null)
        sqlite.prepare('UPDATE audit_chain SET first_id = ?, first_previous = ?').run(last.id + 1, last.hash)
      return sqlite.prepare('DELETE FROM audit WHERE id <= ?').run(last.id).changes
    })
    .immediate()
}

/** The id of the first row that is not as it was written, or is not there; null when all are. */
export function firstBrokenRow(store: Store): number | null {
  const { firstId, firstPrevious, lastId, lastHash } = chainOf(store)
  let previous = firstPrevious
  let id = firstId
  for (const row of store.sqlite
    .prepare('SELECT * FROM audit WHERE id >= ? ORDER BY id')
    .iterate(firstId) as Iterable<Raw>) {
    if (row.id !== id || row.hash !== hashOf(previous, row)) return id
    previous = row.hash
    id++
  }
  return id === lastId + 1 && previous === lastHash ? null : id
}

/** Filters. Times in ISO 8601; `text` is looked for in user, address, action, target and input. */
export interface AuditFilter {
  text?: string | undefined
  actor?: string | undefined
  action?: string | undefined
  object?: string | undefined
  ok?: boolean | undefined
  from?: string | undefined
  to?: string | undefined
  /** Only entries older than this id: the next page. */
  before?: number | undefined
}

/** Entries that fit, the newest first. */
export function findAuditEntries({ sqlite }: Store, filter: AuditFilter, limit: number): AuditRow[] {
  const { text, actor, action, object, ok, from, to, before } = filter
  const rows = sqlite
    .prepare(
      `SELECT * FROM audit
    WHERE (@before IS NULL OR id < @before)
      AND (@actor IS NULL OR actor = @actor)
      AND (@action IS NULL OR action = @action OR substr(action, 1, length(@action) + 1) = @action || '.')
      AND (@object IS NULL OR object = @object)
      AND (@ok IS NULL OR ok = @ok)
      AND (@from IS NULL OR at >= @from)
      AND (@to IS NULL OR at < @to)
      AND (@text IS NULL OR instr(lower(coalesce(actor, '') || ' ' || address || ' ' || action || ' ' ||
        coalesce(object, '') || ' ' || coalesce(code, '') || ' ' || coalesce(details, '')), lower(@text)) > 0)
    ORDER BY id DESC LIMIT @limit`,
    )
    .all({
      text: text ?? null,
      actor: actor ?? null,
      action: action ?? null,
      object: object ?? null,
      ok: ok === undefined ? null : Number(ok),
      from: from ?? null,
      to: to ?? null,
      before: before ?? null,
      limit,
    })
  return (rows as Raw[]).map(toEntry)
}

const toEntry = ({ hash: _, ok, details, before, after, ...rest }: Raw): AuditRow => ({
  ...rest,
  ok: ok === 1,
  details: parse(details),
  before: parse(before),
  after: parse(after),
})

const parse = (text: string | null): unknown => (text === null ? null : (JSON.parse(text) as unknown))

/** The newest entries first. */
export const listAuditEntries = (store: Store, limit: number): AuditRow[] => findAuditEntries(store, {}, limit)
