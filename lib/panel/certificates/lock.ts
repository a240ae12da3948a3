import { PanelError } from '../../model/errors.ts'

const active = new Set<string>()

/** Whether a certificate for this is being had right now. */
export const isBusy = (subject: string): boolean => active.has(subject)

/** One at a time for each. Throws `certificate_busy`. */
export async function withLock<T>(subject: string, work: () => Promise<T>): Promise<T> {
  refuseBusy(subject)
  active.add(subject)
  try {
    return await work()
  } finally {
    active.delete(subject)
  }
}

export function refuseBusy(subject: string): void {
  if (isBusy(subject)) throw new PanelError('certificate_busy', 409, 'A certificate for this is being asked for right now; wait until that has ended')
}
