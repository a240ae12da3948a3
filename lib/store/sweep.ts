import { sweepAudit } from './audit.ts'
import { sweepCounters } from './counters.ts'
import type { KeyValue } from './kv.ts'
import type { Store } from './open.ts'

/** How long the record of what people did is kept. */
const AUDIT_DAYS = 400

/** Forgets ended sessions, past limits and old records; answers how many. */
export async function sweepStore({ db, kv }: { db: Store; kv: KeyValue }, now: Date): Promise<number> {
  const oldest = new Date(now.getTime() - AUDIT_DAYS * 86_400_000).toISOString()
  return (await kv.sweep(now.getTime())) + sweepCounters(db, now.getTime()) + sweepAudit(db, oldest)
}
