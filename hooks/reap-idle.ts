import { tellConnections } from '../lib/panel/alerts/connections.ts'
import { watchConfigurations } from '../lib/panel/alerts/configurations.ts'
import { watchServices } from '../lib/panel/alerts/services.ts'
import { reconcileApps } from '../lib/panel/apps/reconcile.ts'
import { alignBans } from '../lib/panel/bans/align.ts'
import { endScripts } from '../lib/panel/caches/end-scripts.ts'
import { watchDirectives } from '../lib/panel/directives/directives.ts'
import { followClock } from '../lib/panel/clock/follow.ts'
import { defineHook } from '../lib/panel/hooks/define.ts'
import { doParts } from '../lib/model/parts.ts'
import { sleepIdlePhp } from '../lib/panel/hooks/sleep-php.ts'
import type { Context } from '../lib/panel/http/context.ts'
import { watchUpgrades } from '../lib/panel/upgrades/watch.ts'

export default defineHook({
  summary:
    'Raises alerts for dead services and refused configurations, stops idle apps and PHP, starts apps that should ' +
    'run, restarts after upgrades',
  schedule: 'minutely',
  run: async (ctx) => {
    const now = new Date()
    await doParts({
      // First: the others judge by the times that it corrects.
      clock: () => followClock(ctx, now),
      services: () => watchServices(ctx, now),
      connections: () => tellConnections(ctx, now),
      directives: () => watchDirectives(ctx, now),
      configurations: () => watchConfigurations(ctx, now),
      apps: () => reap(ctx),
      upgrades: () => upgrade(ctx),
      'idle PHP': () => sleepPhp(ctx),
      'bans behind proxies': () => align(ctx),
      'scripts of Redis': () => endScripts(ctx, now.getTime()),
    })
  },
})

async function align(ctx: Context): Promise<void> {
  const changed = await alignBans(ctx)
  if (changed > 0) console.log(`Bans of ${changed} visitors behind proxies were not as Fail2ban has them`)
}

async function reap(ctx: Context): Promise<void> {
  const { slept, started, stopped } = await reconcileApps(ctx, Date.now())
  if (slept.length > 0) console.log(`${slept.length} idle apps sleep: ${slept.join(', ')}`)
  if (started.length > 0) console.log(`Started again: ${started.join(', ')}`)
  if (stopped.length > 0) console.log(`Stopped, as they should not run: ${stopped.join(', ')}`)
}

async function upgrade(ctx: Context): Promise<void> {
  const restarted = await watchUpgrades(ctx, Date.now())
  if (restarted.length > 0) console.log(`Restarted after an upgrade: ${restarted.join(', ')}`)
}

async function sleepPhp(ctx: Context): Promise<void> {
  const { sites, adminer } = await sleepIdlePhp(ctx, Date.now())
  if (sites.length > 0) console.log(`PHP of ${sites.length} idle sites sleeps: ${sites.join(', ')}`)
  if (adminer) console.log('Stopped the idle database tool')
}
