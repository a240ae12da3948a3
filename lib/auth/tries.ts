import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { clearCounter, clearCounters, decrement, increment } from '../store/counters.ts'
import { networkOf } from './address.ts'
import { isKnownNetwork } from './known-networks.ts'

const TRIES = 5
const WINDOW = 5 * 60_000

/** A try that was counted. */
export interface Try {
  /** Half a sign-in is no failure, and buys no more tries either. */
  takeBack(): void
  /** Forgets the tries at the name. Of the address only this one: one's own password must not buy guesses at others'. */
  forgive(): void
}

/** What a refusal is about: an address that used up its own tries has failed; one at a name that others used up has not. */
export type Used = 'address' | 'name'

/**
 * Counts one try to sign in before anything is looked at. Strangers are counted by address and by name. Who comes from
 * a network that the account signed in from before has a counter of their own there: others cannot shut them out.
 */
export async function takeTries(ctx: Context, username: string, address: string): Promise<Try> {
  const [name, network] = [username.toLowerCase(), networkOf(address)]
  const known = await isKnownNetwork(ctx, name, network)
  return known ? takeOne(ctx, `sign-in:known:${name}:${network}`, 'address') : takeStrangersTry(ctx, name, network)
}

function takeOne(ctx: Context, key: string, used: Used): Try {
  takeTry(ctx, key, used)
  return { takeBack: () => decrement(ctx.db, key), forgive: () => clearCounter(ctx.db, key) }
}

/** The address first: one that has used its tries up cannot use up other people's. */
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
export const takeConfirmation = (ctx: Context, username: string): Try => takeOne(ctx, `sign-in:confirm:${username}`, 'name')

/** Counted before anything is looked at: a hundred guesses at once are a hundred. Throws `too_many_attempts`. */
export function takeTry(ctx: Context, key: string, used: Used): void {
  const now = Date.now()
  const { count, expiresAt } = increment(ctx.db, key, WINDOW, now)
  if (count <= TRIES) return
  const retryAfter = Math.ceil((expiresAt - now) / 1000)
  throw new PanelError('too_many_attempts', 429, `Too many attempts to sign in; try again in ${retryAfter} seconds`, { retryAfter, used })
}

/** Lets everybody try again at once, from everywhere. */
export const forgetAllTries = (ctx: Context): void => clearCounters(ctx.db, 'sign-in:')
