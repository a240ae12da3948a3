import type { H3Event } from 'h3'
import { audit } from '../auth/audit.ts'
import { type Identity, identify } from '../auth/identify.ts'
import { refuseForeignOrigin } from '../auth/origin.ts'
import type { RateLimit } from '../auth/rate-limit.ts'
import { PanelError } from '../errors.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import type { Context } from './context.ts'
import type { AnyFunction } from './define.ts'
import { readInput } from './input.ts'
import { toResponse } from './respond.ts'

const nowhere: JobHandle = { progress: () => {} }

/** What the app knows besides the function: its name, and what guards it. */
export interface Guard {
  /** `POST /api/sites`. */
  operation: string
  limit: RateLimit
  addressOf: (event: H3Event) => string
}

/** Turns a declaration into an h3 handler: limit, access, origin, validation, plan, run, audit, answer. */
export function handler(ctx: Context, definition: AnyFunction, guard: Guard) {
  return async (event: H3Event): Promise<Response> => {
    const address = guard.addressOf(event)
    let identity: Identity | null = null
    let input: Awaited<ReturnType<typeof readInput>> | undefined
    const record = (code: string | null) =>
      definition.audit && !input?.plan && audit(ctx, definition.audit, { identity, address, input, code })
    try {
      identity = await identify(ctx, event)
      guard.limit.take(identity?.session ?? address)
      if (definition.audit) refuseForeignOrigin(event, identity)
      refuseUnlessAllowed(definition, identity)
      input = await readInput(definition, event)
      const response = await perform(ctx, definition, guard, { ...input, identity, address, event })
      record(null)
      return response
    } catch (error) {
      record(error instanceof PanelError ? error.code : 'internal_error')
      throw error
    }
  }
}

function refuseUnlessAllowed(definition: AnyFunction, identity: Identity | null): void {
  if (definition.access === 'public') return
  if (!identity) throw new PanelError('not_signed_in', 401, 'Sign in first')
  if (definition.scope && !identity.may(definition.scope)) {
    throw new PanelError('not_allowed', 403, `This needs the permission ${definition.scope}`)
  }
}

type Input = Awaited<ReturnType<typeof readInput>> & { identity: Identity | null; address: string; event: H3Event }

async function perform(ctx: Context, definition: AnyFunction, { operation }: Guard, { plan, ...input }: Input): Promise<Response> {
  const call = { ctx, ...input, job: nowhere }
  if (plan && definition.audit) return toResponse({ changes: (await definition.plan?.(call)) ?? [] }, 200)
  if (!definition.job) return toResponse(await definition.run(call), definition.returns || definition.stream ? (definition.status ?? 200) : 204)
  const id = ctx.jobs.start(definition.summary, input.identity?.username ?? operation, async (job) => definition.run({ ...call, job }) as unknown)
  return answerJob(ctx, input.event, id)
}

async function answerJob(ctx: Context, event: H3Event, id: string): Promise<Response> {
  const { getJob } = await import('../jobs/read.ts')
  event.res.headers.set('location', `/api/jobs/${id}`)
  const wait = Number(/\bwait=(\d{1,3})\b/.exec(event.req.headers.get('prefer') ?? '')?.[1] ?? 0)
  if (wait > 0) await ctx.jobs.settled(id, Math.min(wait, 300))
  const job = getJob(ctx, id)
  return job.state === 'running' ? toResponse({ job: id }, 202) : toResponse(job, 200)
}
