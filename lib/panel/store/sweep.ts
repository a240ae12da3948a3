import { sweepAudit } from './audit.ts'
import { sweepAttempts } from './certificate-attempts.ts'
import { sweepCounters } from './counters.ts'
import type { KeyValue } from './kv.ts'
import type { Store } from './open.ts'

/** How long the record of what people did is kept. */
const AUDIT_DAYS = 400

/** How long it is kept when authorities were asked: they count a week. */
const ATTEMPT_DAYS = 30

/** Forgets ended sessions, past limits and old records; answers how many. */
export async function sweepStore({ db, kv }: { db: Store; kv: KeyValue }, now: Date): Promise<number> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()
  return (
    (await kv.sweep(now.getTime())) +
    sweepCounters(db, now.getTime()) +
    sweepAudit(db, before(AUDIT_DAYS)) +
    sweepAttempts(db, before(ATTEMPT_DAYS))
  )
}
