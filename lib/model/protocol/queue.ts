import { AsyncLocalStorage } from 'node:async_hooks'
import { caller, PANEL } from './caller.ts'
import { tooLate } from './deadline.ts'

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

/**
 * The same, but callers take turns: another caller waits for one piece of work at most, however much the first asks
 * for. Work whose caller has left is not begun (`too_late`).
 */
export function fairQueue(): Queue {
  const waiting = new Map<string, (() => Promise<unknown>)[]>()
  let running = false
  const run = async () => {
    for (let first = waiting.entries().next(); !first.done; first = waiting.entries().next()) {
      const [name, works] = first.value
      const work = works.shift()!
      waiting.delete(name)
      if (works.length > 0) waiting.set(name, works)
      await work()
    }
    running = false
  }
  return <T>(work: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const who = caller()
      const inContext = AsyncLocalStorage.snapshot()
      const turn = () => (who?.gone.aborted ? Promise.reject(tooLate()) : inContext(work)).then(resolve, reject)
      const name = who?.name ?? PANEL
      waiting.set(name, [...(waiting.get(name) ?? []), turn])
      if (running) return
      running = true
      void Promise.resolve().then(run)
    })
}
