let running = 0

type Queue = <T>(work: () => Promise<T>) => Promise<T>

/** Runs its work one after the other, beside that of other queues. */
function queue(): Queue {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    running++
    const turn = last.then(work).finally(() => running--)
    last = turn.catch(() => undefined)
    return turn
  }
}

/** For changes: the machine has one nginx, one /etc/passwd and one package database. */
export const exclusively = queue()

/** For Node's versions: fetching one takes long, and must hold no change up. Work in it may wait for `exclusively`, never the other way. */
export const amongNodes = queue()

/** Long work that touches nobody else's things, beside the changes; the agent stays meanwhile. */
export async function busily<T>(work: () => Promise<T>): Promise<T> {
  running++
  return work().finally(() => running--)
}

/** Whether a change runs or waits; the agent must not leave then. */
export const isBusy = (): boolean => running > 0
