import type { Storage } from '../../model/sites/schema.ts'
import type { Amount } from '../store/usage.ts'
import { greatestShare } from '../usage/limits.ts'

/** A full site is let go once it uses less than this share of its limit: at the limit itself it would go to and fro. */
export const LET_GO = 0.95

/** Growth of a full site that is taken for none: what was under way when it became full (share, bytes, files). */
const GRACE = { share: 0.02, bytes: 32 * 1024 * 1024, files: 1_000 }

/** Facts that a site is judged by. */
export interface Case {
  storage: Storage
  used: Amount
  /** Its limits; Infinity: none. */
  most: Amount
  /** Use when it had just become full; null while it is not. */
  whenFull: Amount | null
  /** Whether its owner has used up what all their sites and databases may use together. */
  ownerIsFull: boolean
  /** Whether it has code that runs: only that can grow a site that is full. */
  hasCode: boolean
}

/** Judges a site's use of the disk. Pure. */
export function judge({ storage, used, most, whenFull, ownerIsFull, hasCode }: Case): Storage {
  const limit = storage === 'ok' ? 1 : LET_GO
  if (greatestShare(used, most) < limit && !ownerIsFull) return 'ok'
  if (!hasCode) return 'full'
  if (storage === 'over') return 'over'
  return whenFull && hasGrown(used, whenFull) ? 'over' : 'full'
}

const hasGrown = (now: Amount, before: Amount): boolean =>
  now.bytes > before.bytes * (1 + GRACE.share) + GRACE.bytes ||
  now.files > before.files * (1 + GRACE.share) + GRACE.files
