import * as v from 'valibot'
import { errorCodes, type ErrorCode } from '../../lib/model/error-codes.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { operations, type Agent, type Operations, type Output, type Parsed } from '../../lib/model/protocol/agent.ts'
import type { Progress } from '../../lib/model/protocol/messages.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { steadyClock } from '../_clock.ts'

type Operation = keyof Operations

/** How an answer tells of its way, and learns that nobody waits for it any more. */
export interface Way {
  progress: (progress: Progress) => void
  leave: AbortSignal
}
export type Answers = { [O in Operation]?: (input: Parsed<O>, way: Way) => Output<O> | Promise<Output<O>> }

export interface FakeAgent extends Agent {
  /** May be changed at any time. */
  answers: Answers
  /** Every call, in its order. */
  calls: [operation: Operation, input: unknown][]
  /** The operations' names, in their order, but for looks at what is there. */
  order: () => Operation[]
  /** Requests to one operation. */
  asked: <O extends Operation>(operation: O) => Parsed<O>[]
  reset: () => void
}

export interface Machine {
  /** Answers of this machine where the test itself has none. */
  usual?: Answers
  /** Operations that `order()` leaves out. */
  looks?: readonly Operation[]
}

const unchanged = () => ({ changes: [] })

/** Answers of a machine that is well and has nothing to change. */
const usualAnswers: Answers = {
  health: () => ({ services: [], failedPhp: [], systemd: true, recovered: null }),
  'clock.follow': () => steadyClock(),
  'configurations.check': () => ({ services: [] }),
  'sites.plan': unchanged,
  'sites.apply': unchanged,
  'sites.checkRoot': () => ({ problem: null }),
  'sites.htaccess': () => ({ files: [], complete: true }),
  'sites.usage': ({ domains }) => ({ sites: domains.map(() => ({ bytes: 1024 * 1024, files: 10 })) }),
  'sites.hold': () => ({ held: false }),
  'files.problems': () => ({ count: 0, examples: [] }),
  'files.repair': () => ({ repaired: 0, left: 0 }),
  'server.drift': unchanged,
  'server.converge': unchanged,
  'php.list': () => ({ versions: [{ version: '8.2', installed: true, available: true }] }),
  'node.list': () => ({ versions: [{ version: '22', fullVersion: '22.23.3' }] }),
  'node.install': ({ version }) => ({ versions: [{ version, fullVersion: `${version}.1.0` }] }),
  'proxies.apply': unchanged,
  'proxies.follow': () => ({ followed: [], withoutResolver: false }),
  'bans.plan': unchanged,
  'bans.apply': unchanged,
  'bans.unban': () => ({ ended: 1 }),
  'databases.apply': unchanged,
  'databases.usage': ({ names }) => ({ usage: names.map(() => ({ bytes: 3 * 1024 * 1024, tables: 2 })) }),
  'databases.tables': () => ({ tables: [] }),
}

/**
 * An agent without a machine. It takes what the real one takes, answers what that may answer, and notes what it is
 * asked. The real one is in test/machine.
 */
export function fakeAgent(answers: Answers = {}, { usual = {}, looks = [] }: Machine = {}): FakeAgent {
  const calls: FakeAgent['calls'] = []
  const answerTo = (operation: Operation) =>
    (agent.answers[operation] ?? usual[operation] ?? usualAnswers[operation] ?? (() => ({}))) as (
      input: unknown,
      way: Way,
    ) => unknown
  const agent: FakeAgent = {
    answers,
    calls,
    order: () => calls.map(([operation]) => operation).filter((operation) => !looks.includes(operation)),
    asked: <O extends Operation>(operation: O) =>
      calls.filter(([called]) => called === operation).map(([, input]) => input as Parsed<O>),
    reset: () => void calls.splice(0),
    async call(operation, input, progress = () => {}, leave = new AbortController().signal) {
      const { input: accepted, output } = operations[operation]
      const parsed = v.parse(accepted, input)
      calls.push([operation, parsed])
      return v.parse(output, await answerTo(operation)(parsed, { progress, leave })) as never
    },
  }
  return agent
}

/** Has a panel ask a fake agent from now on. */
export function withAgent(ctx: Context, answers?: Answers, machine?: Machine): FakeAgent {
  const agent = fakeAgent(answers, machine)
  ctx.agent = agent
  return agent
}

/** An answer that refuses, with the first of the code's statuses unless another is meant. */
export const refuse =
  (code: ErrorCode, status: number = [errorCodes[code]].flat()[0]!, details?: Record<string, unknown>) =>
  (): never => {
    throw PanelError.relay({ code, status, message: `It said ${code}.`, details })
  }
