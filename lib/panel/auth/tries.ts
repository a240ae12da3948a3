import { PanelError } from '../../model/errors.ts'
import { overlap } from '../../model/network.ts'
import type { Context } from '../http/context.ts'
import { serverNetworks } from '../settings/trusted-networks.ts'
import { deleteCounter, deleteCounters, decrement, increment } from '../store/counters.ts'
import { networkOf } from './address.ts'
import { isKnownNetwork } from './known-networks.ts'

const TRIES = 5
const WINDOW_MS = 5 * 60_000

/** A try that was counted. */
export interface Try {
  /** Takes the try back without a failure: half a sign-in is none, and gives no more tries either. */
  takeBack(): void
  /** Deletes all tries at the name, but of the address only this one: an own password must not buy more guesses. */
  forgive(): void
}

/** Cause of a refusal. `address`: it used up its own tries, and has failed. `name`: others used up the name's tries. */
export type Used = 'address' | 'name'

/** A proxy that names no visitor stands for all of them: their tries are counted by name alone. */
const isProxy = async (ctx: Context, address: string): Promise<boolean> =>
  (await serverNetworks(ctx)).some((proxy) => overlap(proxy, address))

/**
 * Counts one try to sign in before anything is checked. Strangers are counted by address and by name. A network that
 * the account has signed in from has a counter of its own: tries from elsewhere cannot shut the account out there.
 */
export async function takeTries(ctx: Context, username: string, address: string): Promise<Try> {
  const [name, network] = [username.toLowerCase(), networkOf(address)]
  const known = await isKnownNetwork(ctx, name, network)
  if (known) return takeOne(ctx, `sign-in:known:${name}:${network}`, 'address')
  return (await isProxy(ctx, address))
    ? takeOne(ctx, `sign-in:name:${name}`, 'name')
    : takeStrangersTry(ctx, name, network)
}

function takeOne(ctx: Context, key: string, used: Used): Try {
  takeTry(ctx, key, used)
  return { takeBack: () => decrement(ctx.db, key), forgive: () => deleteCounter(ctx.db, key) }
}

/** Counts the address first: an address that has used up its tries cannot use up those of a name. */
function takeStrangersTry(ctx: Context, name: string, network: string): Try {
  const byAddress = `sign-in:address:${network}`
  takeTry(ctx, byAddress, 'address')
  try {
    const byName = takeOne(ctx, `sign-in:name:${name}`, 'name')
    return {
      takeBack() {
        byName.takeBack()
        decrement(ctx.db, byAddress)
      },
      forgive() {
        byName.forgive()
        decrement(ctx.db, byAddress)
      },
    }
  } catch (error) {
    // It guessed at nothing, and has no part in the name's tries: an owner who asks again and again stays unbanned.
    decrement(ctx.db, byAddress)
    throw error
  }
}

/** Counts one try of a person who is signed in to confirm their password: nobody else uses these up. */
export const takeConfirmation = (ctx: Context, username: string): Try =>
  takeOne(ctx, `sign-in:confirm:${username}`, 'name')

/** Counted before anything is looked at: a hundred guesses at once are a hundred. Throws `too_many_attempts`. */
export function takeTry(ctx: Context, key: string, used: Used): void {
  const now = Date.now()
  const { count, expiresAt } = increment(ctx.db, key, WINDOW_MS, now)
  if (count <= TRIES) return
  const retryAfter = Math.ceil((expiresAt - now) / 1000)
  throw new PanelError('too_many_attempts', 429, `Too many attempts to sign in; try again in ${retryAfter} seconds`, {
    retryAfter,
    used,
  })
}

/** Lets everybody try again at once, from everywhere. */
export const deleteAllAttempts = (ctx: Context): void => deleteCounters(ctx.db, 'sign-in:')
