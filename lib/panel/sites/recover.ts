import { setTimeout as sleep } from 'node:timers/promises'
import type { DesiredSite } from '../../model/protocol/desired.ts'
import type { Context } from '../http/context.ts'
import { pendingSites, type SiteRow } from '../store/sites.ts'
import { finish } from './change.ts'

/** How long to wait before asking an agent that does not answer again (ms). */
const PAUSE = 5_000

/**
 * At the panel's start: ends what the last one had begun, and says which. While the agent does not answer
 * nobody knows what the machine has, so nothing is reverted: it waits.
 */
export async function recoverSites(ctx: Context): Promise<void> {
  while (pendingSites(ctx.db).length > 0 && !(await answers(ctx))) await sleep(PAUSE)
  for (const row of pendingSites(ctx.db)) {
    const { domain } = row.spec
    await finish(ctx, desiredOf(row), true).then(
      () => console.log(`${domain}: ended the ${row.intent} that a restart had cut off`),
      (error: unknown) =>
        console.error(`${domain}: went back to before the ${row.intent} that a restart had cut off: ${String(error)}`),
    )
  }
}

function desiredOf({ spec, intent }: SiteRow): DesiredSite {
  return intent === 'trash' || intent === 'purge'
    ? { ensure: 'absent', domain: spec.domain, files: intent }
    : { ensure: 'present', spec }
}

const answers = (ctx: Context): Promise<boolean> =>
  ctx.agent.call('health', {}).then(
    () => true,
    () => false,
  )
