import { PanelError } from '../../model/errors.ts'

type Activity = 'starting' | 'stopping'

/** What this process does to apps right now: one thing at a time to each. */
const activities = new Map<string, Activity>()

export const activityOf = (domain: string): Activity | null => activities.get(domain) ?? null

/** Throws `app_busy`. */
export function refuseBusy(domain: string): void {
  const now = activities.get(domain)
  if (now) throw new PanelError('app_busy', 409, `${domain} is ${now} right now; try again when that is done`)
}

export async function withLock<T>(domain: string, activity: Activity, work: () => Promise<T>): Promise<T> {
  refuseBusy(domain)
  activities.set(domain, activity)
  try {
    return await work()
  } finally {
    activities.delete(domain)
  }
}
