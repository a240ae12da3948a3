import { PanelError } from '../../model/errors.ts'
import { createLocks } from '../../model/locks.ts'

/** Locks of apps in this process: one thing at a time to each. Throws `app_busy`. */
export const {
  stateOf: activityOf,
  refuseBusy,
  withLock,
} = createLocks<'starting' | 'stopping'>(
  (domain, now) => new PanelError('app_busy', 409, `${domain} is ${now} right now; try again when that is done`),
)
