import { AsyncLocalStorage } from 'node:async_hooks'

/** On whose behalf something is done. */
export interface Caller {
  /** A user name, or `panel` for what nobody asked for. */
  name: string
  /** Aborted when nobody waits for the answer any more. */
  gone: AbortSignal
  /** It changes nothing: the programs it runs end when `gone` is aborted. */
  reads?: boolean
}

const current = new AsyncLocalStorage<Caller>()

/** What the panel and its hooks do by themselves is done on behalf of this one. */
export const PANEL = 'panel'

/** What changes something goes on when its caller has gone. */
export const never: AbortSignal = new AbortController().signal

/** On whose behalf this is done; undefined for what the process does by itself. */
export const caller = (): Caller | undefined => current.getStore()

/** Does something on somebody's behalf, with all that it calls. */
export const onBehalfOf = <T>(who: Caller, work: () => T): T => current.run(who, work)

/** Does something for nobody in particular, which goes on when whoever began it has gone. */
export const byItself = <T>(work: () => T): T => current.exit(work)
