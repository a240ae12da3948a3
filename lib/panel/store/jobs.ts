import type { Store } from './open.ts'

export type JobState = 'running' | 'done' | 'failed' | 'interrupted'

export interface JobRow {
  id: string
  name: string
  /** The address that was called, after `/api`; empty for what the panel began by itself. */
  path: string
  /** Target, as people name it: a site, a database. */
  subject: string
  /** The site it belongs to; null: none. */
  site: string | null
  actor: string
  state: JobState
  percent: number
  result: unknown
  error: { code: string; message: string } | null
  createdAt: string
  endedAt: string | null
}

export interface JobEvent {
  id: number
  type: 'step' | 'progress' | 'output' | 'end'
  data: Record<string, unknown>
  at: string
}

interface Raw extends Omit<JobRow, 'result' | 'error' | 'createdAt' | 'endedAt'> {
  result: string | null
  error: string | null
  created_at: string
  ended_at: string | null
}

const toRow = ({ created_at, ended_at, result, error, ...rest }: Raw): JobRow => ({
  ...rest,
  result: result === null ? null : (JSON.parse(result) as unknown),
  error: error === null ? null : (JSON.parse(error) as JobRow['error']),
  createdAt: created_at,
  endedAt: ended_at,
})

export type NewJob = Pick<JobRow, 'id' | 'name' | 'path' | 'subject' | 'actor' | 'createdAt'> & { site?: string | null }

/** How many jobs are kept; one that runs always is. The order they began in is no matter of the clock. */
const KEPT = 200

export function addJob({ sqlite }: Store, { id, name, path, subject, site, actor, createdAt }: NewJob): void {
  const values = "(?, ?, ?, ?, ?, ?, 'running', ?)"
  sqlite
    .prepare(`INSERT INTO jobs (id, name, path, subject, site, actor, state, created_at) VALUES ${values}`)
    .run(id, name, path, subject, site ?? null, actor, createdAt)
  const old = 'SELECT id FROM jobs ORDER BY rowid DESC LIMIT -1 OFFSET ?'
  sqlite.prepare(`DELETE FROM jobs WHERE state <> 'running' AND id IN (${old})`).run(KEPT)
}

export function findJob({ sqlite }: Store, id: string): JobRow | null {
  const raw = sqlite.prepare('SELECT * FROM jobs WHERE id = ?').get(id) as Raw | undefined
  return raw ? toRow(raw) : null
}

export function listJobs({ sqlite }: Store): JobRow[] {
  return (sqlite.prepare('SELECT * FROM jobs ORDER BY rowid DESC LIMIT ?').all(KEPT) as Raw[]).map(toRow)
}

export function setPercent({ sqlite }: Store, id: string, percent: number): void {
  sqlite.prepare('UPDATE jobs SET percent = ? WHERE id = ?').run(percent, id)
}

export function endJob(
  { sqlite }: Store,
  id: string,
  end: Pick<JobRow, 'state' | 'result' | 'error'>,
  now: string,
): void {
  sqlite
    .prepare(
      "UPDATE jobs SET state = ?, result = ?, error = ?, ended_at = ?, percent = iif(? = 'done', 100, percent) " +
        'WHERE id = ?',
    )
    .run(end.state, JSON.stringify(end.result ?? null), end.error && JSON.stringify(end.error), now, end.state, id)
}

/** The ids of jobs that have not ended. */
export function runningJobs({ sqlite }: Store): string[] {
  return (sqlite.prepare("SELECT id FROM jobs WHERE state = 'running'").all() as { id: string }[]).map(({ id }) => id)
}

export function addEvent(
  { sqlite }: Store,
  job: string,
  type: JobEvent['type'],
  data: JobEvent['data'],
  at: string,
): JobEvent {
  const insert = `INSERT INTO job_events (job, id, type, data, at)
    VALUES (?, (SELECT coalesce(max(id), 0) + 1 FROM job_events WHERE job = ?), ?, ?, ?) RETURNING id`
  const { id } = sqlite.prepare(insert).get(job, job, type, JSON.stringify(data), at) as { id: number }
  return { id, type, data, at }
}

type RawEvent = Omit<JobEvent, 'data'> & { data: string }

const toEvent = (row: RawEvent): JobEvent => ({ ...row, data: JSON.parse(row.data) as JobEvent['data'] })

export function eventsAfter({ sqlite }: Store, job: string, id: number, most: number): JobEvent[] {
  const rows = sqlite
    .prepare('SELECT id, type, data, at FROM job_events WHERE job = ? AND id > ? ORDER BY id LIMIT ?')
    .all(job, id, most)
  return (rows as RawEvent[]).map(toEvent)
}

/** A job's steps alone: its output may be long. */
export function stepEvents({ sqlite }: Store, job: string): JobEvent[] {
  const rows = sqlite
    .prepare("SELECT id, type, data, at FROM job_events WHERE job = ? AND type = 'step' ORDER BY id")
    .all(job)
  return (rows as RawEvent[]).map(toEvent)
}
