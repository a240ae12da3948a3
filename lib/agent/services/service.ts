import type { Delta } from '../resources/resource.ts'

/** When a delta is applied: before all others, with most, or once everything is loaded. */
export type Turn = 'first' | 'usual' | 'last'

type Work = (deltas: readonly Delta[]) => Promise<void>

/**
 * A daemon, or a part of the kernel or of systemd, that has to hear of changes. lib/agent/converge/ calls its parts
 * with the deltas it owns, and knows nothing else of it. A part that throws makes the whole change go back.
 */
export interface Service {
  /** As people are told it. */
  name: string
  owns: (delta: Delta) => boolean
  /** When a delta is applied, where it is not as usual: removals last, everything else before the services load. */
  turn?: (delta: Delta) => Turn | null
  /** Refuses a configuration that was written, before it is loaded. */
  check?: Work
  /** Names of services that must have loaded before this one does. */
  after?: (deltas: readonly Delta[]) => readonly string[]
  /** Makes what was written live, and ends once it is seen to be. */
  load?: Work
  /** Ends what uses the things that are about to be removed. */
  stop?: Work
  /** Does what can only be done once all is applied, removals too. */
  finish?: Work
  /** Frees what a change that is made no longer needs. */
  release?: Work
  /** Makes live what a rollback has written. */
  restore?: Work
  /** Tells a refusal in better words, once the change is taken back; null: the refusal itself is told. */
  explain?: (code: string) => Promise<Error | null>
  /**
   * Deltas that converge by themselves when the whole server does: a service that cannot run here must not stop an
   * installation.
   */
  apart?: (delta: Delta) => boolean
}
