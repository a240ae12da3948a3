import type { AppSpec } from '../../model/apps/schema.ts'
import type { Storage } from '../../model/sites/schema.ts'
import type { Store } from './open.ts'

/** Desired status of an app: run, sleep until somebody asks, stay stopped; or that it was given up. */
export type AppStatus = 'stopped' | 'running' | 'asleep' | 'errored'

export interface AppRow {
  domain: string
  status: AppStatus
  /** Why it is errored, or what was wrong last. */
  problem: string | null
  startedAt: string | null
  /** The spec it was last started with, as JSON. */
  startedWith: string | null
  /** Stamp of the last installation of its dependencies (lib/model/apps/detect.ts). */
  installed: string | null
  /** When starting it was last tried in vain. */
  triedAt: string | null
  sleeps: number
  asleepSince: string | null
  asleepSeconds: number
  /** Bytes it held when it last fell asleep. */
  memory: number
  /** Memory that sleeping spared in all, in bytes times seconds. */
  saved: number
}

/** Row of an app, as the table has it. */
export interface AppRecord {
  domain: string
  status: AppStatus
  problem: string | null
  started_at: string | null
  started_with: string | null
  installed: string | null
  tried_at: string | null
  sleeps: number
  asleep_since: string | null
  asleep_seconds: number
  memory: number
  saved: number
}

const toRow = ({ started_at, started_with, tried_at, asleep_since, asleep_seconds, ...rest }: AppRecord): AppRow => ({
  ...rest,
  startedAt: started_at,
  startedWith: started_with,
  triedAt: tried_at,
  asleepSince: asleep_since,
  asleepSeconds: asleep_seconds,
})

/** Every app; one that was never touched is stopped. */
const query = `SELECT s.domain, coalesce(a.status, 'stopped') AS status, a.problem,
  a.started_at, a.started_with, a.installed, a.tried_at, coalesce(a.sleeps, 0) AS sleeps, a.asleep_since,
  coalesce(a.asleep_seconds, 0) AS asleep_seconds, coalesce(a.memory, 0) AS memory, coalesce(a.saved, 0) AS saved
  FROM sites s LEFT JOIN apps a USING (domain) WHERE s.spec ->> '$.app.port' IS NOT NULL`

export const findApp = ({ sqlite }: Store, domain: string): AppRow | null => {
  const raw = sqlite.prepare(`${query} AND s.domain = ?`).get(domain) as AppRecord | undefined
  return raw ? toRow(raw) : null
}

/** An app as far as looking after it needs: read without its whole site, as each minute all of them are. */
export interface BriefApp extends Pick<AppRow, 'domain' | 'status' | 'startedAt'> {
  port: number
  idleMinutes: number | null
  enabled: boolean
  storage: Storage
}

interface RawBrief {
  domain: string
  status: AppStatus | null
  started_at: string | null
  port: number
  idle: number | null
  enabled: number
  storage: Storage
}

/** Leaves out those of sites that get another domain just now: they are started when that is done. */
export const briefApps = ({ sqlite }: Store): BriefApp[] =>
  (
    sqlite
      .prepare(
        `SELECT s.domain, a.status, a.started_at, s.spec ->> '$.app.port' AS port,
          s.spec ->> '$.app.idleMinutes' AS idle, s.spec ->> '$.enabled' AS enabled, s.spec ->> '$.storage' AS storage
          FROM sites s LEFT JOIN apps a USING (domain) WHERE port IS NOT NULL
          AND s.domain NOT IN (SELECT name FROM pending_changes WHERE kind = 'site' AND change = 'rename')
          ORDER BY s.domain`,
      )
      .all() as RawBrief[]
  ).map(({ status, started_at, idle, enabled, ...rest }) => ({
    ...rest,
    status: status ?? 'stopped',
    startedAt: started_at,
    idleMinutes: idle,
    enabled: enabled === 1,
  }))

function ensureRow({ sqlite }: Store, domain: string): void {
  sqlite.prepare("INSERT INTO apps (domain, status) VALUES (?, 'stopped') ON CONFLICT DO NOTHING").run(domain)
}

/** It should run from now on, with this spec; a sleep is over, and counted. */
export function noteStart(store: Store, domain: string, spec: AppSpec, now: string): void {
  ensureRow(store, domain)
  endSleep(store, domain, now)
  store.sqlite
    .prepare(
      "UPDATE apps SET status = 'running', problem = NULL, tried_at = NULL, started_at = ?, started_with = ? " +
        'WHERE domain = ?',
    )
    .run(now, JSON.stringify(spec), domain)
}

/** It should run, as before, with what it is started with now: an earlier problem is over. */
export function noteRunning(store: Store, domain: string, startedWith: string | null, now: string): void {
  ensureRow(store, domain)
  endSleep(store, domain, now)
  store.sqlite
    .prepare("UPDATE apps SET status = 'running', problem = NULL, started_at = ?, started_with = ? WHERE domain = ?")
    .run(now, startedWith, domain)
}

export function noteStop(store: Store, domain: string, now: string): void {
  ensureRow(store, domain)
  endSleep(store, domain, now)
  store.sqlite.prepare("UPDATE apps SET status = 'stopped', problem = NULL WHERE domain = ?").run(domain)
}

export function noteFailure(store: Store, domain: string, problem: string, now: string): void {
  ensureRow(store, domain)
  endSleep(store, domain, now)
  store.sqlite
    .prepare("UPDATE apps SET status = 'errored', problem = ?, tried_at = ? WHERE domain = ?")
    .run(problem, now, domain)
}

/** Stamp of the dependencies that are installed. */
export function noteInstalled(store: Store, domain: string, stamp: string | null): void {
  ensureRow(store, domain)
  store.sqlite.prepare('UPDATE apps SET installed = ? WHERE domain = ?').run(stamp, domain)
}

/** Lets a running app sleep; false when it is not running, or was started since `startedAt`. */
export const noteSleep = ({ sqlite }: Store, domain: string, startedAt: string | null, now: string): boolean =>
  sqlite
    .prepare(
      "UPDATE apps SET status = 'asleep', sleeps = sleeps + 1, asleep_since = ? WHERE domain = ? AND status = " +
        "'running' AND started_at IS ?",
    )
    .run(now, domain, startedAt).changes === 1

/** It was busy after all, and goes on. */
export function undoSleep({ sqlite }: Store, domain: string): void {
  sqlite
    .prepare(
      "UPDATE apps SET status = 'running', sleeps = sleeps - 1, asleep_since = NULL WHERE domain = ? AND " +
        "status = 'asleep'",
    )
    .run(domain)
}

export function noteMemory({ sqlite }: Store, domain: string, bytes: number): void {
  sqlite.prepare('UPDATE apps SET memory = ? WHERE domain = ?').run(bytes, domain)
}

/** A sleep that ends while the clock may be wrong is counted as none: it would seem to have lasted for ever. */
function endSleep({ sqlite }: Store, domain: string, now: string): void {
  const passed = "max(0, unixepoch(?, 'subsec') - unixepoch(asleep_since, 'subsec'))"
  const seconds = `iif(EXISTS (SELECT 1 FROM alerts WHERE key = 'clock:jump'), 0, ${passed})`
  sqlite
    .prepare(
      `UPDATE apps SET asleep_seconds = asleep_seconds + ${seconds}, saved = saved + ${seconds} * memory, ` +
        'asleep_since = NULL WHERE domain = ? AND asleep_since IS NOT NULL',
    )
    .run(now, now, domain)
}

/** Takes an app's row away, as its runtime goes; answers it, null when the app was never touched. */
export const takeApp = ({ sqlite }: Store, domain: string): AppRecord | null =>
  (sqlite.prepare('DELETE FROM apps WHERE domain = ? RETURNING *').get(domain) as AppRecord | undefined) ?? null

/** Puts the row of an app back whose runtime stays after all. */
export function putApp({ sqlite }: Store, app: AppRecord): void {
  const columns = Object.keys(app)
  const values = columns.map((column) => `@${column}`)
  sqlite.prepare(`INSERT OR REPLACE INTO apps (${columns.join(', ')}) VALUES (${values.join(', ')})`).run(app)
}
