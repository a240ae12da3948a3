import type { H3Event } from 'h3'
import type { GenericSchema, InferOutput } from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import type { Scope } from '../../model/auth/scopes.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import type { Context } from './context.ts'
import type { Upload } from './upload.ts'

type Schema = GenericSchema
type Output<S> = S extends Schema ? InferOutput<S> : undefined

/** Input of a function's `run`: everything in it is validated. */
export interface Call<Params, Query, Body> {
  ctx: Context
  params: Output<Params>
  query: Output<Query>
  body: Output<Body>
  /** Caller; null for public functions without a session. */
  identity: Identity | null
  /** The asking machine's address. */
  address: string
  /** File that was sent, on disk until the work has ended; of functions that take an upload. */
  upload: Upload
  /** Where long work tells its progress; leads nowhere unless the function is a job. */
  job: JobHandle
  event: H3Event
}

export interface FunctionDefinition<Params, Query, Body, Returns> {
  /** One line for people: what it does. */
  summary: string
  /** Scope that a caller needs, such as `sites:write`. Without one: `access`. */
  scope?: Scope
  /**
   * `public` needs no sign-in; `person` a session, as tokens do not speak for people; `session` (the default) either.
   */
  access?: 'public' | 'person' | 'session'
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
  snapshot?: (call: Call<Params, Query, Body>) => unknown
  /**
   * The body is a file of any size and of these content types, which is on disk by the time the work begins. A job's.
   */
  takes?: readonly string[]
  /** The user that an upload counts for: the caller, unless it is for something that has an owner. null: nobody. */
  ownerOf?: (call: Call<Params, Query, Body>) => string | null
  /** Every value in the body is a secret: the record keeps their names alone. */
  secretBody?: boolean
  /** Answer; none (204) when left out. */
  returns?: Returns
  /** The status of a good answer, 200 unless told. */
  status?: number
  /**
   * Long work: answers 202 with the job's address and goes on by itself. What people see it called: `Import a dump`.
   */
  job?: string
  /** Target of the job, where it is not in the address: `shop`. */
  subject?: (call: Call<Params, Query, Body>) => string
  /** Refuses long work at once, before it is begun, rather than in the job. */
  ready?: (call: Call<Params, Query, Body>) => void | Promise<void>
  /** The content type when it is not JSON. */
  stream?: string
  /** Answer of `?plan=true`; a function that changes only the panel's own store has none, and nothing to show. */
  plan?: (call: Call<Params, Query, Body>) => Promise<Change[]>
  run: (call: Call<Params, Query, Body>) => RunResult<Returns>
}

type RunResult<Returns> = Promise<RunValue<Returns>> | RunValue<Returns>
type RunValue<Returns> = Returns extends Schema ? InferOutput<Returns> : unknown

/** Any function, whatever it takes and answers. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a heterogeneous list needs one
export type AnyFunction = FunctionDefinition<any, any, any, any>

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in AnyFunction
export type AnyCall = Call<any, any, any>

/**
 * Declares one operation. Route, access, validation, limits, audit, OpenAPI and the admin's types all come
 * from this one declaration; the route from the file's place under functions/.
 */
export function defineFunction<
  const Params extends Schema | undefined = undefined,
  const Query extends Schema | undefined = undefined,
  const Body extends Schema | undefined = undefined,
  const Returns extends Schema | undefined = undefined,
>(definition: FunctionDefinition<Params, Query, Body, Returns>): FunctionDefinition<Params, Query, Body, Returns> {
  return definition
}
