import type { Identity } from '../../model/auth/identity.ts'
import type { Context } from '../http/context.ts'
import { addAuditEntry } from '../store/audit.ts'
import { networkOf } from './address.ts'
import { keepsRefusal, tellsInFull, type Doer } from './audit-pace.ts'
import { cut, cutText } from './audit-size.ts'
import { redact } from './redact.ts'

export interface AuditEvent {
  identity: Identity | null
  address: string
  input: { params: unknown; body: unknown; query: unknown } | undefined
  /** The thing it was done to, before and after. */
  before: unknown
  after: unknown
  /** The error's code; null when it went well. */
  code: string | null
}

/**
 * Records an action, or a try. A change always has its row; each person and network has a number of rows a minute for
 * refusals, and then one that counts the rest. Never throws: the action is done, and its caller needs the answer.
 */
export function audit(
  ctx: Context,
  action: string,
  { identity, address, input, before, after, code }: AuditEvent,
): void {
  const body = input?.body as { username?: string; domain?: string; name?: string } | undefined
  const object =
    Object.values((input?.params ?? {}) as Record<string, string>)[0] ??
    body?.domain ??
    (identity && body?.username) ??
    body?.name ??
    null
  const actor = identity?.username ?? body?.username ?? null
  const doer: Doer = {
    who: identity?.username ?? networkOf(address),
    stranger: identity === null,
    actor: actor && cutText(actor),
    address: cutText(address),
  }
  if (code !== null && !keepsRefusal(ctx, doer, action)) return
  const inFull = code !== null || tellsInFull(ctx, doer)
  const told = (value: unknown) => (inFull ? cut(redact(value)) : undefined)
  const by = identity && !identity.hasSession && { by: identity.key }
  const entry = {
    at: new Date().toISOString(),
    actor: doer.actor,
    address: doer.address,
    action,
    object: object && cutText(object),
    ok: code === null,
    code,
    before: told(before),
    after: told(after),
    details: inFull
      ? cut(redact({ ...by, ...(input?.query as object), ...(input?.body as object), ...by }))
      : { ...by, '(left out)': 'more than 300 changes in this minute' },
  }
  try {
    addAuditEntry(ctx.db, entry)
  } catch (error) {
    console.error('This could not be put on record:', { ...entry, details: undefined }, error)
  }
}
