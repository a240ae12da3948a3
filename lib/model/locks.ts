import type { PanelError } from './errors.ts'

export interface Locks<State> {
  /** State of this name right now; null: it is free. */
  stateOf: (name: string) => State | null
  /** Throws what `refusal` makes while something is done to this name. */
  refuseBusy: (name: string) => void
  /** Does work on a name: one at a time to each. Throws as `refuseBusy`. */
  withLock: <T>(name: string, state: State, work: () => Promise<T>) => Promise<T>
}

/** Makes locks by name, within this process. Who comes second is refused and does not wait. */
export function createLocks<State>(refusal: (name: string, state: State) => PanelError): Locks<State> {
  const held = new Map<string, State>()
  const refuseBusy = (name: string) => {
    if (held.has(name)) throw refusal(name, held.get(name)!)
  }
  return {
    stateOf: (name) => held.get(name) ?? null,
    refuseBusy,
    withLock: async (name, state, work) => {
      refuseBusy(name)
      held.set(name, state)
      try {
        return await work()
      } finally {
        held.delete(name)
      }
    },
  }
}
