import { jailNames, type BansSpec, type JailSettings, type OwnJail } from '../../model/bans/schema.ts'
import { trustedNetworks } from '../sites/trusted-networks.ts'
import type { Context } from '../http/context.ts'

const KEY = 'bans'

type Stored = Partial<Omit<BansSpec, 'jails'>> & { jails?: Partial<Record<OwnJail, Partial<JailSettings>>> }

/** Five failures in five minutes close the door for ten: the panel counts sign-ins the same way. */
const defaults: JailSettings = { enabled: true, maxRetry: 5, findMinutes: 5, banMinutes: 10 }

/** Makes the desired state of Fail2ban: the chosen settings, and the defaults for the rest. */
export async function bansSpec(ctx: Context): Promise<BansSpec> {
  const stored = await ctx.kv.get<Stored>(KEY, Date.now())
  const jails = Object.fromEntries(jailNames.map((name) => [name, { ...defaults, ...stored?.jails?.[name] }]))
  return { ignore: stored?.ignore ?? [], proxies: trustedNetworks(ctx), jails: jails as BansSpec['jails'] }
}

export const saveBansSpec = (ctx: Context, spec: BansSpec): Promise<void> =>
  ctx.kv.set(KEY, { ignore: spec.ignore, jails: spec.jails }, null)
