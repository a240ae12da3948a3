import type { Context } from '../function/context.ts'
import { addAuditEntry } from '../store/audit.ts'
import type { Identity } from './identify.ts'
import { redact } from './redact.ts'

export interface Deed {
  identity: Identity | null
  address: string
  input: { params: unknown; body: unknown; query: unknown } | undefined
  /** The thing it was done to, before and after. */
  before: unknown
  after: unknown
  /** The error's code; null when it went well. */
  code: string | null
}

/** Records that somebody did, or tried, something. Never throws: what was done is done, and its answer is owed. */
export function audit(ctx: Context, action: string, { identity, address, input, before, after, code }: Deed): void {
  const body = input?.body as { username?: string; domain?: string; name?: string } | undefined
  const object = Object.values((input?.params ?? {}) as Record<string, string>)[0] ?? body?.domain ?? (identity && body?.username) ?? body?.name ?? null
  const entry = {
    at: new Date().toISOString(), actor: identity?.username ?? body?.username ?? null, address, action, object,
    ok: code === null, code, before: redact(before), after: redact(after),
    details: redact({ ...(input?.query as object), ...(input?.body as object), ...(identity && !identity.person && { by: identity.key }) }),
  }
  try {
    addAuditEntry(ctx.db, entry)
  } catch (error) {
    console.error('This could not be put on record:', { ...entry, details: undefined }, error)
  }
}
