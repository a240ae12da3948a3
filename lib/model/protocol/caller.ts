import { AsyncLocalStorage } from 'node:async_hooks'

/** The user that some work is done for. */
export interface Caller {
  /** A user name, or `panel` for the panel's own work. */
  name: string
  /** Aborted when the caller no longer waits for the answer. */
  gone: AbortSignal
  /** It changes nothing: the programs it runs end when `gone` is aborted. */
  reads?: boolean
}

const current = new AsyncLocalStorage<Caller>()

/** Caller of the work that the panel and its hooks do by themselves. */
export const PANEL = 'panel'

/** Signal that is never aborted: work that changes something goes on when its caller has left. */
export const never: AbortSignal = new AbortController().signal

/** The caller of the current work; undefined for the process's own work. */
export const caller = (): Caller | undefined => current.getStore()

/** Does something on somebody's behalf, with all that it calls. */
export const onBehalfOf = <T>(who: Caller, work: () => T): T => current.run(who, work)

/** Does something for no caller: it goes on when the caller that began it has left. */
export const byItself = <T>(work: () => T): T => current.exit(work)
