import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { Ranges } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'
import { enqueue } from '../pending-changes/pending-changes.ts'
import { readRanges } from '../settings/trusted-networks.ts'
import { applyProxies } from './apply.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import { noteSilence } from './silence.ts'

const NEXT = 'proxies.next'
const ALERT = 'proxies:ranges'

const same = (a: Ranges, b: Ranges): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * Asks providers for the addresses of their proxies, and leaves new ones for the panel, which makes its changes in
 * turn. Answers lines for the hook's log.
 */
export async function refreshRanges(ctx: Context, now: number): Promise<string[]> {
  const known = (await ctx.kv.get<Ranges>(NEXT, now)) ?? readRanges()
  const { ranges: next, problems } = await ctx.agent.call('proxies.ranges', { known })
  await noteSilence(ctx, problems, now)
  const told = problems.map(({ provider, message }) => `Kept the known addresses of ${provider}: ${message}`)
  if (same(next, known)) return told
  await ctx.kv.set(NEXT, next, null)
  return [...told, 'Found new addresses of proxies; the panel makes them live within a minute']
}

/** Makes the addresses live that the hook has left, and keeps them once they are. */
export const takeRanges = (ctx: Context): Promise<void> =>
  enqueue(async () => {
    const next = await ctx.kv.get<Ranges>(NEXT, Date.now())
    if (!next) return
    try {
      await applyProxies(ctx, next)
    } catch (error) {
      if (!(error instanceof PanelError)) throw error
      return tellRefused(ctx, error.message)
    }
    writeRanges(next)
    resolveAlert(ctx.db, ALERT)
    const newest = await ctx.kv.get<Ranges>(NEXT, Date.now())
    if (newest && same(newest, next)) await ctx.kv.remove(NEXT)
  })

function writeRanges(next: Ranges): void {
  const unfinished = `${paths.trustedProxies}.${randomBytes(6).toString('hex')}`
  writeFileSync(unfinished, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
  renameSync(unfinished, paths.trustedProxies)
}

const tellRefused = (ctx: Context, message: string): void =>
  raiseAlert(ctx.db, {
    key: ALERT,
    site: null,
    severity: 'warning',
    since: new Date().toISOString(),
    message:
      'The new addresses of proxies are not live, so visitors behind a new proxy share its address. The panel tries ' +
      `again each minute; correct what stands in the way: ${message}`,
  })
