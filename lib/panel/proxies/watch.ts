import type { Context } from '../http/context.ts'
import { exempt } from './exempt.ts'
import { takeRanges } from './ranges.ts'

const POLL_MS = 30_000

/** While the panel runs: takes up what the hook has found, and has Fail2ban know all proxies that sites trust. */
export async function lookAtProxies(ctx: Context): Promise<void> {
  await takeRanges(ctx)
  await exempt(ctx)
}

export function watchProxies(ctx: Context): void {
  const look = () =>
    lookAtProxies(ctx).catch((error: unknown) => console.error('Proxies of sites could not be looked at:', error))
  setInterval(() => void look(), POLL_MS).unref()
}
