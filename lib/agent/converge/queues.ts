import { fairQueue, type Queue } from '../../model/protocol/queue.ts'

let running = 0

/** Long work that touches nobody else's things, beside the changes; the agent stays meanwhile. */
export async function keepAlive<T>(work: () => Promise<T>): Promise<T> {
  running++
  return work().finally(() => running--)
}

function busyQueue(): Queue {
  const enqueue = fairQueue()
  return (work) => keepAlive(() => enqueue(work))
}

/** Runs one change at a time: the machine has one nginx and one /etc/passwd. */
export const runExclusive = busyQueue()

/**
 * For Node's versions: fetching one takes long, and must hold no change up. Work in it may wait for `runExclusive`,
 * never the other way.
 */
export const nodeQueue = busyQueue()

/** Runs one use of the package database at a time. Work in it may wait for `runExclusive`, never the other way. */
export const packageQueue = busyQueue()

/** Runs one removal from the trash at a time. */
export const trashQueue = busyQueue()

/** For accounts and databases of MariaDB's, which have nothing to do with files. */
export const databaseQueue = busyQueue()

/** Whether a change runs or waits; the agent must not leave then. */
export const isBusy = (): boolean => running > 0
