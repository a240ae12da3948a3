import { statSync } from 'node:fs'
import type { Context } from '../http/context.ts'
import { enqueue } from '../pending-changes/pending-changes.ts'
import { readServerSpec } from '../settings/settings.ts'
import { getSpec } from '../sites/read.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import { listPending } from '../store/pending-changes.ts'
import { domainsOf } from '../store/sites.ts'

const ALERT = 'proxies:resolvers'

/** Files by which this server knows addresses of names. */
const sources = ['/etc/resolv.conf', '/run/systemd/resolve/stub-resolv.conf', '/etc/hosts']

const followed = new WeakMap<Context, string>()

/** Has proxy sites follow the machine where its DNS servers or its hosts file have changed; later while one changes. */
export const followAddresses = (ctx: Context): Promise<void> =>
  enqueue(async () => {
    const before = await stateOf(ctx)
    if (before.text === followed.get(ctx) || listPending(ctx.db, 'site').length > 0) return
    const { server, sites } = before
    const { followed: sitesThatDid, withoutResolver } =
      sites.length > 0
        ? await ctx.agent.call('proxies.follow', { server, sites })
        : { followed: [], withoutResolver: false }
    if (sitesThatDid.length > 0) console.log(`Took up other addresses of this server: ${sitesThatDid.join(', ')}`)
    tell(ctx, withoutResolver)
    // A site that was changed meanwhile is looked at once more.
    if ((await stateOf(ctx)).text === before.text) followed.set(ctx, before.text)
  })

async function stateOf(ctx: Context) {
  const server = await readServerSpec(ctx)
  const sites = domainsOf(ctx.db, 'proxy').map((domain) => getSpec(ctx, domain))
  const times = sources.map((path) => statSync(path, { throwIfNoEntry: false })?.ctimeMs)
  return { server, sites, text: JSON.stringify([times, server.resolvers, sites]) }
}

function tell(ctx: Context, withoutResolver: boolean): void {
  if (!withoutResolver) return resolveAlert(ctx.db, ALERT)
  raiseAlert(ctx.db, {
    key: ALERT,
    site: null,
    severity: 'warning',
    since: new Date().toISOString(),
    message:
      'This server names no DNS server in /etc/resolv.conf, so proxy sites whose target is a name ask 127.0.0.1, and ' +
      'answer 502 if nobody answers there. Name one there, or on the Server page',
  })
}
