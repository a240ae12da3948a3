import { jailNames, type BansSpec, type JailSettings, type OwnJail } from '../../model/bans/schema.ts'
import type { ServerSpec } from '../../model/protocol/desired.ts'
import { trustedNetworks } from '../settings/trusted-networks.ts'
import type { Context } from '../http/context.ts'

const KEY = 'bans'

type Stored = Partial<Omit<BansSpec, 'jails'>> & { jails?: Partial<Record<OwnJail, Partial<JailSettings>>> }

/** Five failures in five minutes close the door for ten: the panel counts sign-ins the same way. */
const defaults: JailSettings = { enabled: true, maxRetry: 5, findMinutes: 5, banMinutes: 10 }

/**
 * Makes the desired state of Fail2ban: the chosen settings, and the defaults for the rest; with other settings of the
 * server than the stored ones, if given.
 */
export async function bansSpec(ctx: Context, server?: ServerSpec): Promise<BansSpec> {
  const stored = await ctx.kv.get<Stored>(KEY, Date.now())
  const jails = Object.fromEntries(jailNames.map((name) => [name, { ...defaults, ...stored?.jails?.[name] }]))
  const proxies = await trustedNetworks(ctx, server && { server })
  return { ignore: stored?.ignore ?? [], proxies, jails: jails as BansSpec['jails'] }
}

export const saveBansSpec = (ctx: Context, spec: BansSpec): Promise<void> =>
  ctx.kv.set(KEY, { ignore: spec.ignore, jails: spec.jails }, null)
