import type { GenericSchema, InferInput, InferOutput } from 'valibot'
import type { ErrorCode } from '../error-codes.ts'
import type { Progress } from './messages.ts'

/**
 * Everything a root process can be asked. Both ends validate with these schemas; whatever is not there, or has one key
 * too many, is refused.
 */
export type Protocol = Record<string, Operation>

interface Operation {
  input: GenericSchema
  output: GenericSchema
  reads?: Reads
  /** Asked each minute, whether there is work or not: a process that systemd starts on request does not stay for it. */
  isLook?: true
  /** Codes of its errors, beside those of a process that does not answer or fails (lib/panel/http/codes.ts). */
  throws?: readonly ErrorCode[]
}

/**
 * How an operation without changes is read; it ends when its caller has left. `each`: every call reads for itself.
 * `shared`: the same calls at one time share one read. `kept`: the answer is also kept, longer if it took longer.
 */
export type Reads = 'each' | 'shared' | 'kept'

export type Input<P extends Protocol, O extends keyof P> = InferInput<P[O]['input']>
/** Input of an operation, once validated. */
export type Parsed<P extends Protocol, O extends keyof P> = InferOutput<P[O]['input']>
export type Output<P extends Protocol, O extends keyof P> = InferOutput<P[O]['output']>

/** Work of a root process for each operation; `gone` says that nobody waits for the answer any more. */
export type Implementations<P extends Protocol> = {
  [O in keyof P]: (
    input: Parsed<P, O>,
    onProgress: (progress: Progress) => void,
    gone: AbortSignal,
  ) => Promise<Output<P, O>>
}

/** The panel's end. Throws PanelError. `leave` ends the call; work that changes something goes on. */
export interface Client<P extends Protocol> {
  call<O extends keyof P & string>(
    operation: O,
    input: Input<P, O>,
    onProgress?: (progress: Progress) => void,
    leave?: AbortSignal,
  ): Promise<Output<P, O>>
}
