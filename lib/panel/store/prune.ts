import type { AgeOf } from '../../model/clock.ts'
import { pruneAudit } from './audit.ts'
import { pruneAttempts } from './certificate-attempts.ts'
import { pruneCounters } from './counters.ts'
import type { KeyValue } from './kv.ts'
import type { Store } from './open.ts'

/** How long the audit log is kept. */
const AUDIT_DAYS = 400

/** How long it is kept when authorities were asked: they count a week. */
const ATTEMPT_DAYS = 30

const DAY_MS = 86_400_000

/**
 * Deletes ended sessions, past limits and old entries of logs; answers how many. What ended less than a day ago stays:
 * it may have ended by a clock that is set right again.
 */
export function pruneStore({ db, kv }: { db: Store; kv: KeyValue }, ageOf: AgeOf): number {
  const isOlder = (days: number) => (at: number) => ageOf(at) > days * DAY_MS
  return (
    kv.prune(isOlder(1)) +
    pruneCounters(db, isOlder(1)) +
    pruneAudit(db, isOlder(AUDIT_DAYS)) +
    pruneAttempts(db, isOlder(ATTEMPT_DAYS))
  )
}
