import { pruneAudit } from './audit.ts'
import { pruneAttempts } from './certificate-attempts.ts'
import { pruneCounters } from './counters.ts'
import type { KeyValue } from './kv.ts'
import type { Store } from './open.ts'

/** How long the audit log is kept. */
const AUDIT_DAYS = 400

/** How long it is kept when authorities were asked: they count a week. */
const ATTEMPT_DAYS = 30

/** Deletes ended sessions, past limits and old entries of logs; answers how many. */
export async function pruneStore({ db, kv }: { db: Store; kv: KeyValue }, now: Date): Promise<number> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()
  return (
    (await kv.prune(now.getTime())) +
    pruneCounters(db, now.getTime()) +
    pruneAudit(db, before(AUDIT_DAYS)) +
    pruneAttempts(db, before(ATTEMPT_DAYS))
  )
}
