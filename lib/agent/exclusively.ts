let last: Promise<unknown> = Promise.resolve()
let running = 0

/** Runs changes one after the other: the machine has one nginx, one /etc/passwd and one package database. */
export function exclusively<T>(work: () => Promise<T>): Promise<T> {
  running++
  const turn = last.then(work).finally(() => running--)
  last = turn.catch(() => undefined)
  return turn
}

/** Long work that touches nobody else's things, beside the changes; the agent stays meanwhile. */
export async function busily<T>(work: () => Promise<T>): Promise<T> {
  running++
  return work().finally(() => running--)
}

/** Whether a change runs or waits; the agent must not leave then. */
export const isBusy = (): boolean => running > 0
