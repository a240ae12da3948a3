import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { PanelError, toPanelError } from '../../model/errors.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import {
  addEvent,
  addJob,
  endJob,
  findJob,
  runningJobs,
  setPercent,
  type JobEvent,
  type JobRow,
  type JobState,
  type NewJob,
} from '../store/jobs.ts'
import type { Store } from '../store/open.ts'

/** Handle by which long work reports while it runs. */
export interface JobHandle {
  /** The job's own id. */
  id: string
  /** Says how the work can be ended early; it then fails with `cancelled`. */
  onCancel: (cancel: () => void) => void
  /** A step begins (a new name), output came, or the percentage of the whole changed. */
  progress: (progress: Progress) => void
}

/** Name, owner and target of a job. */
export type Beginning = Omit<NewJob, 'id' | 'createdAt'>

/** Long work: it runs in this process, and what it told is in the store. */
export interface Jobs {
  start(beginning: Beginning, work: (job: JobHandle) => Promise<unknown>): string
  /** Asks a job to end early. Throws `job_not_cancellable`. */
  cancel(id: string): void
  /** Whether it can be asked. */
  isCancellable(id: string): boolean
  /** Resolves when the job has ended, or after `seconds`. */
  settled(id: string, seconds: number): Promise<void>
  /** At the panel's start: what still says `running` was cut off with the process that ran it. */
  interruptCutOff(): void
  /** Calls back with each event from now on, and when the panel is about to stop; answers how to end that. */
  subscribe(id: string, listener: (event: JobEvent) => void, onStop: () => void): () => void
  /** At the panel's end: whoever waits or follows is let go, and may come back to the next one. */
  letGo(): void
}

const STOP = 'stop'

export function createJobs(store: Store): Jobs {
  const events = new EventEmitter().setMaxListeners(0)
  const tell = (id: string, type: JobEvent['type'], data: JobEvent['data']) =>
    events.emit(id, addEvent(store, id, type, data, new Date().toISOString()))
  const end = (id: string, state: JobState, result: unknown, error: JobRow['error']) => {
    endJob(store, id, { state, result, error }, new Date().toISOString())
    tell(id, 'end', { state, error })
  }
  const cancels = new Map<string, () => void>()
  const interrupted = { code: 'interrupted', message: 'The panel was restarted while this ran; start it again' }

  return {
    start(beginning, work) {
      const id = randomUUID()
      addJob(store, { id, ...beginning, createdAt: new Date().toISOString() })
      const job = { ...handle(store, id, tell), onCancel: (cancel: () => void) => void cancels.set(id, cancel) }
      void work(job)
        .finally(() => cancels.delete(id))
        .then(
          (result) => end(id, 'done', result, null),
          (error: unknown) => end(id, 'failed', null, toError(error)),
        )
      return id
    },
    cancel(id) {
      const cancel = cancels.get(id)
      if (!cancel) throw notCancellable(findJob(store, id)?.state === 'running')
      cancel()
    },
    isCancellable: (id) => cancels.has(id),
    settled: (id, seconds) => settled(store, events, id, seconds),
    interruptCutOff() {
      for (const id of runningJobs(store)) end(id, 'interrupted', null, interrupted)
    },
    subscribe(id, listener, onStop) {
      events.on(id, listener)
      events.on(STOP, onStop)
      return () => {
        events.off(id, listener)
        events.off(STOP, onStop)
      }
    },
    letGo: () => void events.emit(STOP),
  }
}

const notCancellable = (running: boolean): PanelError =>
  new PanelError(
    'job_not_cancellable',
    409,
    running ? 'This job cannot be cancelled; it ends by itself' : 'This job has ended already',
  )

const settled = (store: Store, events: EventEmitter, id: string, seconds: number): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      events.off(id, listener)
      events.off(STOP, done)
      resolve()
    }
    const listener = ({ type }: JobEvent) => type === 'end' && done()
    const timer = setTimeout(done, seconds * 1000)
    events.on(id, listener)
    events.on(STOP, done)
    if (findJob(store, id)?.state !== 'running') done()
  })

type Tell = (id: string, type: JobEvent['type'], data: JobEvent['data']) => void

function handle(store: Store, id: string, tell: Tell): Omit<JobHandle, 'onCancel'> {
  let step = ''
  let percent = -1
  return {
    id,
    progress(progress) {
      if (progress.step !== step)
        tell(id, 'step', { name: (step = progress.step), ...(progress.rollback && { mends: true }) })
      if (progress.output !== undefined) tell(id, 'output', { line: progress.output })
      if (Math.floor(progress.percent) === percent) return
      percent = Math.floor(progress.percent)
      setPercent(store, id, percent)
      tell(id, 'progress', { percent })
    },
  }
}

function toError(error: unknown): NonNullable<JobRow['error']> {
  const { code, message } = toPanelError(error)
  return { code, message }
}
