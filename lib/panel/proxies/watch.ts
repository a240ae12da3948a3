import type { Context } from '../http/context.ts'
import { exempt } from './exempt.ts'
import { followAddresses } from './follow.ts'
import { takeRanges } from './ranges.ts'

const POLL_MS = 30_000

/**
 * While the panel runs: takes up what the hook has found, has Fail2ban know all proxies that sites trust, and has proxy
 * sites follow the addresses that this server knows.
 */
export async function lookAtProxies(ctx: Context): Promise<void> {
  await takeRanges(ctx)
  await exempt(ctx)
  await followAddresses(ctx)
}

export function watchProxies(ctx: Context): void {
  const look = () =>
    lookAtProxies(ctx).catch((error: unknown) => console.error('Proxies of sites could not be looked at:', error))
  setInterval(() => void look(), POLL_MS).unref()
}
