import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { toNodeHandler } from 'h3'
import { collectWhenIdle } from '../model/gc.ts'
import { paths } from '../model/paths.ts'
import { mountAdminer } from './adminer/route.ts'
import { watchHooks } from './alerts/hooks.ts'
import { watchScripts } from './caches/watch-scripts.ts'
import { createApp } from './app.ts'
import { reconcileApps } from './apps/reconcile.ts'
import { mountWake } from './apps/wake-route.ts'
import { addressReader, nginxProof, readSecret } from './auth/address.ts'
import { recordLeftOut } from './auth/audit-pace.ts'
import { isRoot } from './auth/identify.ts'
import { mountPurge } from './caches/purge-route.ts'
import { applyBans } from './bans/jails.ts'
import { watchManualBans } from './bans/manual-bans.ts'
import { watchClock } from './clock/follow.ts'
import { pendingDatabase } from './databases/change.ts'
import { applySettings } from './drift/change-settings.ts'
import { applyFirewall, settleAfterRestart } from './firewall/firewall.ts'
import type { Context } from './http/context.ts'
import type { AnyFunction } from './http/define.ts'
import { answerMalformed } from './http/malformed.ts'
import { deleteUnusedUploads } from './http/upload.ts'
import { openInstalledContext } from './open-context.ts'
import { single } from './pending-changes/pending-changes.ts'
import { resumePending } from './pending-changes/resume.ts'
import { pendingSite } from './sites/change.ts'
import { watchProxies } from './proxies/watch.ts'
import { watchStorage } from './storage/watch.ts'

const { env } = process

/** Serves the functions until a signal ends the process, and does what the panel does by itself. */
export async function servePanel(functions: Record<string, AnyFunction>): Promise<void> {
  const ctx = await openInstalledContext()
  ctx.jobs.interruptCutOff()
  await deleteUnusedUploads()
  const server = createPanelServer(ctx, functions)
  collectWhenIdle(server)
  await listenAt(server, env.HOSTING_PANEL_SOCKET ?? paths.panelSocket)
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void drain(ctx, server))
  watchClock(ctx)
  watchManualBans(ctx)
  watchHooks(ctx)
  watchProxies(ctx)
  watchScripts(ctx)
  watchStorage(ctx)
  await resume(ctx)
}

function createPanelServer(ctx: Context, functions: Record<string, AnyFunction>): Server {
  const secret = readSecret(env.HOSTING_PANEL_PROXY_SECRET_FILE ?? paths.proxySecret)
  if (!secret) console.error('No proxy secret: every request of nginx will be refused. Run the installer again.')
  const app = createApp(
    ctx,
    functions,
    addressReader(secret, (event) => isRoot(ctx, event)),
  )
  mountWake(app, ctx, nginxProof(secret))
  mountPurge(app, ctx, nginxProof(secret))
  mountAdminer(app, ctx, nginxProof(secret))
  const server = createServer(toNodeHandler(app))
  answerMalformed(server)
  server.headersTimeout = 10_000
  // Uploads take as long as they need; what is read into memory has a minute (lib/panel/http/input.ts).
  server.requestTimeout = 86_400_000
  return server
}

/** Finishes, or takes back, what an earlier panel had begun. */
async function resume(ctx: Context): Promise<void> {
  const told = (text: string) => (error: unknown) => console.error(text, error)
  await resumePending(ctx, { site: pendingSite })
  void resumeDatabases(ctx)
  await reconcileApps(ctx, Date.now()).catch(told('Apps could not be started again:'))
  await settleAfterRestart(ctx).catch(told('The agent does not say what became of a change of the firewall:'))
  await resumePending(ctx, {
    settings: single('settings', applySettings),
    bans: single('bans', applyBans),
    firewall: single('firewall', applyFirewall),
  })
}

/** An agent that wakes takes back the imports that were cut off with this server. */
async function resumeDatabases(ctx: Context): Promise<void> {
  await ctx.agent.call('health', {}).catch(() => undefined)
  await resumePending(ctx, { database: pendingDatabase })
}

/** Listens on a socket that its owner and its directory's group (nginx's, by setgid) may open. */
async function listenAt(server: Server, path: string): Promise<void> {
  rmSync(path, { force: true })
  const before = process.umask(0o117)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ path, backlog: 511 }, resolve))
  process.umask(before)
  console.log(`The panel listens on ${path}`)
}

/** Lets running requests end, 10 seconds at most; who follows a job comes back to the next panel. */
async function drain(ctx: Context, server: Server): Promise<void> {
  setTimeout(() => process.exit(0), 10_000).unref()
  ctx.jobs.letGo()
  server.closeIdleConnections()
  await new Promise((resolve) => server.close(resolve))
  recordLeftOut(ctx)
  ctx.db.close()
  process.exit(0)
}
