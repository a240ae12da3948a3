import type { H3Event } from 'h3'
import type { GenericSchema, InferOutput } from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import type { Scope } from '../../model/auth/scopes.ts'
import type { ErrorCode } from '../../model/error-codes.ts'
import type { Operations as OfAgent } from '../../model/protocol/agent.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { Operations as OfSupervisor } from '../../model/protocol/supervisor.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import type { Context } from './context.ts'
import type { Upload } from './upload.ts'

type Schema = GenericSchema
type Output<S> = S extends Schema ? InferOutput<S> : undefined

type Access = 'public' | 'user' | 'session'

/** Code that a function throws by itself, or operation of the agent or the supervisor whose errors it passes on. */
export type Thrown = ErrorCode | keyof OfAgent | `supervisor.${keyof OfSupervisor}`

interface Received<Params, Query, Body> {
  ctx: Context
  params: Output<Params>
  query: Output<Query>
  body: Output<Body>
  /** The asking machine's address. */
  address: string
  event: H3Event
}

interface WithJob {
  /** Handle that long work tells its progress by. */
  job: JobHandle
}

interface WithUpload {
  /** File that was sent, on disk until the work has ended. */
  upload: Upload
}

/** Caller; null for public functions without a session. */
interface By<A extends Access> {
  identity: A extends 'public' ? Identity | null : Identity
}

/** Input of a function, before its work begins: everything in it is validated. */
export type Call<Params, Query, Body, A extends Access = 'session'> = Received<Params, Query, Body> & By<A>

/** Input of a function's work: jobs have their handle, and functions that take a file have that. */
type Work<Params, Query, Body, A extends Access, Job, Accepts> = Call<Params, Query, Body, A> &
  ([Job] extends [undefined] ? unknown : WithJob) &
  ([Accepts] extends [undefined] ? unknown : WithUpload)

export interface FunctionDefinition<
  Params,
  Query,
  Body,
  Returns,
  A extends Access = Access,
  Job extends string | undefined = string | undefined,
  Accepts extends readonly string[] | undefined = readonly string[] | undefined,
> {
  /** One line for people: what it does. */
  summary: string
  /**
   * Words of the command line, where those of its path are not what people type. `rest` is the field that takes the
   * words after `--`; the output of its job is then the command's own, and `exitCode` of its result its exit code.
   */
  command?: { words: string; rest: string }
  /** Errors of a call, beside those that all functions of its kind have (lib/panel/http/codes.ts). */
  throws?: readonly Thrown[]
  /** Errors that a job may end with, once it has begun. */
  fails?: readonly Thrown[]
  /** Scope that a caller needs, such as `sites:write`. Without one: `access`. */
  scope?: Scope
  /**
   * `public` needs no sign-in; `person` a session, as tokens do not speak for people; `session` (the default) either.
   */
  access?: A
  /** How often a minute one person, or for public functions one network, may call it; for dear work. */
  perMinute?: number
  /** The name of the audit entry. Every function that changes something has one. */
  audit?: string
  params?: Params
  query?: Query
  body?: Body
  /**
   * The thing it changes, as it is now: the record of what was done holds it before and after. May throw when there is
   * none.
   */
  snapshot?(call: Call<Params, Query, Body, A>): unknown
  /**
   * The body is a file of any size and of these content types, which is on disk by the time the work begins. A job's.
   */
  accepts?: Accepts
  /** The user that an upload counts for: the caller, unless it is for something that has an owner. null: nobody. */
  ownerOf?(call: Call<Params, Query, Body, A>): string | null
  /** Every value in the body is a secret: the record keeps their names alone. */
  secretBody?: boolean
  /** Tells of a body that may hold secrets what the record keeps of it. */
  recorded?(body: Output<Body>): Record<string, unknown>
  /** Answer; none (204) when left out. */
  returns?: Returns
  /** The status of a good answer, 200 unless told. */
  status?: number
  /**
   * Long work: answers 202 with the job's address and goes on by itself. What people see it called: `Import a dump`.
   */
  job?: Job
  /** Target of the job, where it is not in the address: `shop`. */
  target?(call: Call<Params, Query, Body, A>): string
  /** Refuses long work at once, before it is begun, rather than in the job. */
  precheck?(call: Call<Params, Query, Body, A>): void | Promise<void>
  /** The content type when it is not JSON. */
  stream?: string
  /** Answer of `?plan=true`; a function that changes only the panel's own store has none, and nothing to show. */
  plan?(call: Call<Params, Query, Body, A>): Promise<Change[]>
  run(call: Work<Params, Query, Body, A, Job, Accepts>): RunResult<Returns>
}

type RunResult<Returns> = Promise<RunValue<Returns>> | RunValue<Returns>
type RunValue<Returns> = Returns extends Schema ? InferOutput<Returns> : unknown

/** Any function, whatever it accepts and answers. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a heterogeneous list needs one
export type AnyFunction = FunctionDefinition<any, any, any, any, any>

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in AnyFunction
export type AnyCall = Call<any, any, any, 'public'> & WithJob & WithUpload

/**
 * Declares one operation. Route, access, validation, limits, audit, OpenAPI and the admin's types all come
 * from this one declaration; the route from the file's place under functions/.
 */
export function defineFunction<
  const Params extends Schema | undefined = undefined,
  const Query extends Schema | undefined = undefined,
  const Body extends Schema | undefined = undefined,
  const Returns extends Schema | undefined = undefined,
  const A extends Access = 'session',
  const Job extends string | undefined = undefined,
  const Accepts extends readonly string[] | undefined = undefined,
>(
  definition: FunctionDefinition<Params, Query, Body, Returns, A, Job, Accepts>,
): FunctionDefinition<Params, Query, Body, Returns, A, Job, Accepts> {
  return definition
}
