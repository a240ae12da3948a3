import { PanelError } from '../../model/errors.ts'
import { createLocks } from '../../model/locks.ts'

const locks = createLocks<true>(
  () =>
    new PanelError(
      'certificate_busy',
      409,
      'The panel is getting this certificate right now; wait until that has ended',
    ),
)

/** Throws `certificate_busy`. */
export const { refuseBusy } = locks

/** Whether a certificate for this is being asked for right now. */
export const isBusy = (subject: string): boolean => locks.stateOf(subject) !== null

/** One at a time for each. Throws `certificate_busy`. */
export const withLock = <T>(subject: string, work: () => Promise<T>): Promise<T> => locks.withLock(subject, true, work)
