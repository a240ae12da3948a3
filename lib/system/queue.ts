export type Queue = <T>(work: () => Promise<T>) => Promise<T>

/** Runs its work one after the other, beside that of other queues. */
export function queue(): Queue {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
