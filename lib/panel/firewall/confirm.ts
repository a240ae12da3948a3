import { createHmac, randomBytes } from 'node:crypto'
import type { H3Event } from 'h3'
import type { Identity } from '../../model/auth/identity.ts'
import { ROOT } from '../../model/auth/usernames.ts'
import { PanelError } from '../../model/errors.ts'
import type { FirewallState } from '../../model/firewall/schema.ts'
import type { Context } from '../http/context.ts'
import { deletePending, pendingChange, saveFirewall, savePending, type Pending } from './settings.ts'

const secret = randomBytes(32)

const proofOf = ({ undoAt, connection }: Pending): string =>
  createHmac('sha256', secret).update(`${undoAt} ${connection}`).digest('base64url')

/**
 * nginx's number of the connection a request came by; null when it did not come through nginx
 * (lib/panel/auth/address.ts).
 */
const serialOf = (event: H3Event): number | null => (event.context.connection as number | null | undefined) ?? null

/** Whether a request came by a connection that was made after the change: the firewall let it in. */
function isNew(event: H3Event, { connection }: Pending): boolean {
  const serial = serialOf(event)
  return serial !== null && connection !== null && serial > connection
}

/**
 * Proof that its asker came by a connection made after the change; null otherwise, or when no change
 * waits. Browsers keep connections open and cannot be told to make a new one, but ask without cookies by another.
 */
export async function newConnectionProof(ctx: Context, event: H3Event): Promise<{ proof: string | null }> {
  const pending = await pendingChange(ctx)
  return { proof: pending && isNew(event, pending) ? proofOf(pending) : null }
}

/** Confirms a change that waits. Throws `nothing_to_confirm`, `same_connection`. */
export async function confirmFirewall(
  ctx: Context,
  event: H3Event,
  identity: Identity,
  proof: string | undefined,
): Promise<void> {
  const pending = await pendingChange(ctx)
  if (!pending || Date.parse(pending.undoAt) < Date.now())
    throw new PanelError(
      'nothing_to_confirm',
      409,
      'No change of the firewall waits to be confirmed; it may have been undone',
    )
  const onTheServer = identity.username === ROOT && serialOf(event) === null
  if (!isNew(event, pending) && proof !== proofOf(pending) && !onTheServer) {
    throw new PanelError(
      'same_connection',
      409,
      'This connection is older than the change, so it proves nothing. Confirm over a new connection',
    )
  }
  await savePending(ctx, { ...pending, confirmed: true })
  await ctx.agent.call('firewall.confirm', {}).catch(async (error: unknown) => {
    // It was undone although its time is not over by this clock: nobody may take it for confirmed later.
    if (isUndone(error) && !pending.confirmed) await deletePending(ctx)
    throw error
  })
  await saveFirewall(ctx, pending.spec)
  await deletePending(ctx)
}

const isUndone = (error: unknown): boolean => error instanceof PanelError && error.code === 'nothing_to_confirm'

/** Brings the store to what became of a change that waited: confirmed by the agent, or undone by it. */
export async function settleFirewall(ctx: Context, { undoAt }: FirewallState): Promise<void> {
  const pending = await pendingChange(ctx)
  if (!pending) return
  if (undoAt && pending.confirmed) await ctx.agent.call('firewall.confirm', {})
  else if (undoAt) return
  if (pending.confirmed) await saveFirewall(ctx, pending.spec)
  await deletePending(ctx)
}
