import { caller, onBehalfOf, PANEL } from '../model/protocol/caller.ts'
import type { Protocol, Implementations } from '../model/protocol/define.ts'
import type { Progress } from '../model/protocol/messages.ts'

/** Keeps an answer this many times as long as it took, at most (ms): so it costs at most a tenth of a processor. */
const TIMES = 10
const LONGEST_MS = 60_000

/** One look at the machine, and how many wait for it. */
interface Look {
  answer: Promise<unknown>
  waiting: number
  cancel: AbortController
}

type Implementation = (input: unknown, onProgress: (progress: Progress) => void, gone: AbortSignal) => Promise<unknown>

/**
 * Lets calls share reads, as the protocol says: one look for all that ask the same at once, kept for a while if it is
 * expensive. A look ends when its last caller has left. Nothing is shared across a change.
 */
export function shared<P extends Protocol>(operations: P, implementations: Implementations<P>): Implementations<P> {
  const looks = new Map<string, Look>()
  const wrapped = Object.entries(operations).map(([name, { reads }]) => {
    const implementation = implementations[name] as Implementation
    if (!reads) return [name, changing(looks, implementation)]
    if (reads === 'each') {
      return [
        name,
        (input: unknown, onProgress: (progress: Progress) => void, gone: AbortSignal) =>
          reading(gone, () => implementation(input, onProgress, gone)),
      ]
    }
    return [
      name,
      (input: unknown, _onProgress: unknown, gone: AbortSignal) =>
        join(looks, `${name} ${JSON.stringify(input)}`, {
          gone,
          kept: reads === 'kept',
          look: (cancel) => implementation(input, () => {}, cancel),
        }),
    ]
  })
  return Object.fromEntries(wrapped) as Implementations<P>
}

/** Reads on behalf of the caller: programs that it runs end when the caller has left. */
const reading = <T>(gone: AbortSignal, work: () => Promise<T>): Promise<T> =>
  onBehalfOf({ name: caller()?.name ?? PANEL, gone, reads: true }, work)

const changing =
  (looks: Map<string, Look>, implementation: Implementation): Implementation =>
  async (input, onProgress, gone) => {
    looks.clear()
    return implementation(input, onProgress, gone).finally(() => looks.clear())
  }

interface Asked {
  gone: AbortSignal
  kept: boolean
  look: (cancel: AbortSignal) => Promise<unknown>
}

function join(looks: Map<string, Look>, key: string, { gone, kept, look }: Asked): Promise<unknown> {
  const known = looks.get(key) ?? begin(looks, key, kept, look)
  known.waiting++
  const leave = () => {
    if (--known.waiting > 0) return
    known.cancel.abort()
    if (looks.get(key) === known) looks.delete(key)
  }
  gone.addEventListener('abort', leave, { once: true })
  return known.answer.finally(() => gone.removeEventListener('abort', leave))
}

function begin(looks: Map<string, Look>, key: string, kept: boolean, look: Asked['look']): Look {
  const cancel = new AbortController()
  const begun = performance.now()
  const known: Look = { waiting: 0, cancel, answer: reading(cancel.signal, () => look(cancel.signal)) }
  const flush = () => looks.get(key) === known && looks.delete(key)
  known.answer.then(() => {
    if (kept) setTimeout(flush, Math.min(LONGEST_MS, TIMES * (performance.now() - begun))).unref()
    else flush()
  }, flush)
  looks.set(key, known)
  return known
}
