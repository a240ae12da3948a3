import { PanelError } from '../../model/errors.ts'

const admin = { running: 64, waiting: 1_000 }

/** How many calls run for one identity, and how many more may wait. Administrators make whole servers by scripts. */
export const usualCalls = { user: { running: 2, waiting: 38 }, admin }
export type Calls = typeof usualCalls

/** The same for jobs, which take minutes: more of them run beside each other. */
export const usualJobs: Calls = { user: { running: 4, waiting: 36 }, admin }

/** Lets each identity have a few calls at once. */
export interface AtOnce {
  /** Does work when its turn has come. Throws `too_many_at_once`; gives its place up when `gone` is aborted. */
  run<T>(who: { username: string; role: 'admin' | 'user' }, gone: AbortSignal, work: () => Promise<T>): Promise<T>
}

interface Lane {
  running: number
  waiting: Set<() => void>
}

export function createAtOnce(calls: Calls = usualCalls): AtOnce {
  const lanes = new Map<string, Lane>()
  return {
    async run({ username, role }, gone, work) {
      const lane = lanes.get(username) ?? { running: 0, waiting: new Set() }
      lanes.set(username, lane)
      await enter(lane, calls[role], gone)
      try {
        return await work()
      } finally {
        lane.running--
        const [next] = lane.waiting
        if (next) next()
        else if (lane.running === 0) lanes.delete(username)
      }
    },
  }
}

function enter(lane: Lane, most: Calls['user'], gone: AbortSignal): Promise<void> | void {
  if (lane.running < most.running) return void lane.running++
  if (lane.waiting.size >= most.waiting) {
    throw new PanelError(
      'too_many_at_once',
      429,
      `${most.running} of your calls run, and ${most.waiting} wait; ` + 'wait for their answers before you send more',
      { retryAfter: 1 },
    )
  }
  return new Promise((resolve, reject) => {
    const begin = () => {
      lane.waiting.delete(begin)
      gone.removeEventListener('abort', leave)
      lane.running++
      resolve()
    }
    const leave = () => {
      lane.waiting.delete(begin)
      reject(new PanelError('cancelled', 409, 'The caller no longer waits for this'))
    }
    lane.waiting.add(begin)
    gone.addEventListener('abort', leave, { once: true })
  })
}
