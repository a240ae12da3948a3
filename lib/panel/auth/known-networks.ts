import type { Context } from '../http/context.ts'
import { networkOf } from './address.ts'
import { sessionsOf } from './sessions.ts'

/** How long a network is remembered after somebody signed in from it (ms). */
const KEPT_MS = 60 * 24 * 3_600_000

/** Without the colons and slashes of IPv6: the store writes these its own way. */
const keyOf = (username: string, network: string): string =>
  `known-network:${username}:${network.replaceAll(/[^0-9a-z.]/gi, '-')}`

/** Remembers that an account signed in from here. */
export const noteNetwork = (ctx: Context, username: string, address: string): Promise<void> =>
  ctx.kv.set(keyOf(username, networkOf(address)), true, Date.now() + KEPT_MS)

/** Whether an account signed in from a network lately. Sessions that began before this was remembered count too. */
export async function isKnownNetwork(ctx: Context, username: string, network: string): Promise<boolean> {
  const now = Date.now()
  if (await ctx.kv.get<boolean>(keyOf(username, network), now)) return true
  return sessionsOf(ctx, username, now).some(({ session }) => networkOf(session.address) === network)
}

/** Deletes the networks that a user signed in from. */
export async function deleteNetworks(ctx: Context, username: string): Promise<void> {
  for (const { key } of ctx.kv.list<boolean>(`known-network:${username}:`, 0)) await ctx.kv.remove(key)
}
