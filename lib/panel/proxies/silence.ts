import type { Provider } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'
import { trustedEntries } from '../settings/trusted-networks.ts'
import { syncAlerts, type AlertRow } from '../store/alerts.ts'

const KEY = 'proxies.silent'
const ALERT = 'proxies:silent:'
const DAY_MS = 86_400_000

/** Providers announce new addresses weeks before they use them. */
const LONG_DAYS = 7

type Since = Partial<Record<Provider, number>>

/** Raises an alert for each provider that the server or a site trusts and that has told no addresses for long. */
export async function noteSilence(
  ctx: Context,
  problems: readonly { provider: Provider; message: string }[],
  now: number,
): Promise<void> {
  const before = (await ctx.kv.get<Since>(KEY, now)) ?? {}
  const since: Since = Object.fromEntries(
    problems.map(({ provider }) => [provider, Math.min(before[provider] ?? now, now)]),
  )
  await ctx.kv.set(KEY, since, null)
  const used = await trustedEntries(ctx)
  const found = problems.flatMap(({ provider, message }): AlertRow[] => {
    const [began, days] = [since[provider]!, Math.floor((now - since[provider]!) / DAY_MS)]
    if (!used.has(provider) || days < LONG_DAYS) return []
    const text =
      `The addresses of ${provider}'s proxies could not be read for ${days} days, so visitors behind a new proxy may ` +
      `share its address. Let this server reach ${provider}: ${message}`
    return [
      { key: ALERT + provider, site: null, severity: 'warning', since: new Date(began).toISOString(), message: text },
    ]
  })
  syncAlerts(ctx.db, ALERT, found)
}
