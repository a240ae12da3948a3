import type { H3Event, HTTPResponse } from 'h3'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError, toPanelError } from '../../model/errors.ts'
import { never, onBehalfOf, type Caller } from '../../model/protocol/caller.ts'
import { networkOf } from '../auth/address.ts'
import { audit, type AuditEvent } from '../auth/audit.ts'
import { identify } from '../auth/identify.ts'
import { refuseForeignOrigin } from '../auth/origin.ts'
import { refuseForeign } from '../auth/ownership.ts'
import type { RateLimit } from '../auth/rate-limit.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import type { AtOnce } from './at-once.ts'
import { beginJob } from './begin-job.ts'
import type { Context } from './context.ts'
import type { AnyCall, AnyFunction } from './define.ts'
import { fieldGuard } from './fields.ts'
import { readInput } from './input.ts'
import { nothing } from './receive.ts'
import { toResponse } from './respond.ts'
import type { Streams } from './streams.ts'
import { whileAllowed } from './while-allowed.ts'

/**
 * Calls a minute to all functions together: of a person, with all their sessions and tokens (a script that makes a
 * thousand sites stays below), and of the strangers of a network.
 */
export const usualLimits = { identity: 3000, stranger: 600 }
export type Limits = typeof usualLimits

/** Caller of functions that need no sign-in. */
const STRANGER = 'stranger'

const nowhere: JobHandle = { id: '', progress: () => {}, onCancel: () => {} }

/** Name and guards of a function, as the app knows them. */
export interface Guard {
  /** `POST /api/sites`. */
  operation: string
  /** Shared by all functions: many of them do not multiply it. */
  limit: RateLimit
  limits: Limits
  addressOf: (event: H3Event) => string
  /** Shared by all functions. */
  streams: Streams
  /** How many calls one has at once, and how many jobs. */
  calls: AtOnce
  jobs: AtOnce
}

/** Turns a declaration into an h3 handler: limit, origin, access, validation, plan, run, audit, answer. */
export function handler(
  ctx: Context,
  definition: AnyFunction,
  { operation, limit, limits, addressOf, streams, calls, jobs }: Guard,
) {
  const refuseFields = fieldGuard(definition)
  // Long work answers at once, and takes its turn as a job.
  const enqueue = <T>(identity: Identity | null, who: Caller, work: () => Promise<T>) =>
    onBehalfOf(who, () => (identity && !definition.job ? calls.run(identity, who.gone, work) : work()))
  return async (event: H3Event): Promise<HTTPResponse> => {
    const address = addressOf(event)
    const stranger = `stranger ${networkOf(address)}`
    const identity = await identify(ctx, event).catch((error: unknown) => {
      limit.take(stranger, limits.stranger)
      throw error
    })
    const who = identity ? `person ${identity.username}` : stranger
    limit.take(who, identity ? limits.identity : limits.stranger)
    if (definition.perMinute) {
      limit.take(`${operation} ${definition.access === 'public' ? stranger : who}`, definition.perMinute)
    }
    const entry: Entry = { identity, address, input: undefined, before: undefined, after: undefined }
    const record = (refusal?: PanelError) => writeAudit(ctx, definition, entry, refusal)
    let plan = false
    try {
      if (definition.audit) refuseForeignOrigin(event, identity)
      refuseUnlessAllowed(definition, identity)
      const input = await readInput(definition, event)
      plan = input.plan
      refuseFields(input, identity)
      refuseOthers(ctx, definition, identity, input.params)
      const call: AnyCall = { ctx, ...input, identity, address, upload: nothing, job: nowhere, event }
      const gone = definition.audit && !plan ? never : event.req.signal
      return await enqueue(identity, { name: identity?.username ?? STRANGER, gone }, async () => {
        if (plan) return toResponse({ changes: (await definition.plan?.(call)) ?? [] }, 200)
        entry.input = { ...input, body: recordedBody(definition, input.body) }
        entry.before = await snapshot(definition, call)
        const response = definition.job
          ? await beginJob(definition, call, operation, record, jobs)
          : await run(definition, call, streams)
        entry.after = await snapshot(definition, call)
        record()
        return response
      })
    } catch (error) {
      const refusal = toPanelError(error)
      if (!plan) record(refusal)
      throw refusal
    }
  }
}

/** Refuses what belongs to somebody else. Throws as if it did not exist. */
function refuseOthers(ctx: Context, { access }: AnyFunction, identity: Identity | null, params: unknown): void {
  if (identity && access !== 'public') refuseForeign(ctx, identity, params as Record<string, string>)
}

function refuseUnlessAllowed(definition: AnyFunction, identity: Identity | null): void {
  if (definition.access === 'public') return
  if (!identity) throw new PanelError('not_signed_in', 401, 'Sign in first')
  if (definition.access === 'user' && !identity.hasSession) {
    throw new PanelError('session_needed', 403, 'This needs a signed-in user; a token cannot do it')
  }
  if (definition.scope && !identity.may(definition.scope)) {
    throw new PanelError('not_allowed', 403, `This needs the permission ${definition.scope}`)
  }
}

type Entry = Omit<AuditEvent, 'code'>

/**
 * Writes a change into the audit log, or a try that failed. Not what a stranger was refused before it began, nor what a
 * limit refused: a flood would fill the disk, and the tries that used the limit up are on record.
 */
function writeAudit(ctx: Context, definition: AnyFunction, entry: Entry, refusal?: PanelError): void {
  if (!definition.audit || refusal?.status === 429 || (!entry.identity && !entry.input)) return
  audit(ctx, definition.audit, { ...entry, code: refusal?.code ?? null })
}

function recordedBody({ secretBody, recorded }: AnyFunction, body: unknown): unknown {
  if (recorded) return recorded(body)
  return secretBody ? withoutValues(body) : body
}

const withoutValues = (body: unknown): unknown =>
  Object.fromEntries(Object.keys(body as object).map((name) => [name, '(secret)']))

/** Reads the target as it is now; nothing when there is none (yet, or any more). */
async function snapshot(definition: AnyFunction, call: AnyCall): Promise<unknown> {
  try {
    return (await definition.snapshot?.(call)) as unknown
  } catch {
    return undefined
  }
}

async function run(definition: AnyFunction, call: AnyCall, streams: Streams): Promise<HTTPResponse> {
  if (definition.stream) return stream(definition.stream, definition, call, streams)
  const value: unknown = await definition.run(call)
  return toResponse(value, definition.returns ? (definition.status ?? 200) : 204)
}

/** Answers with a stream, which takes one of its reader's places until it ends. */
async function stream(type: string, definition: AnyFunction, call: AnyCall, streams: Streams): Promise<HTTPResponse> {
  const leave = streams.enter(call.identity?.username ?? networkOf(call.address))
  try {
    const source = (await definition.run(call)) as ReadableStream<Uint8Array>
    if (!call.event.res.headers.has('content-type')) call.event.res.headers.set('content-type', type)
    const allowed = whileAllowed(
      source,
      () => stillMay(definition, call),
      () => {
        // A download that is cut must not look whole; a reader of events reconnects, and is refused.
        if (type !== 'text/event-stream') call.event.runtime?.node?.res?.destroy()
      },
    )
    return toResponse(streams.pass(allowed, call.event, leave), 200)
  } catch (error) {
    leave()
    throw error
  }
}

/** Whether the caller could ask again: the session or token is still valid, and the resource still theirs. */
async function stillMay(definition: AnyFunction, { ctx, event, params }: AnyCall): Promise<boolean> {
  try {
    const identity = await identify(ctx, event)
    refuseUnlessAllowed(definition, identity)
    if (identity) refuseForeign(ctx, identity, params as Record<string, string>)
    return true
  } catch {
    return false
  }
}
