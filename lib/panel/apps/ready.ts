import { setTimeout as sleep } from 'node:timers/promises'
import type { AppAddress } from '../../model/apps/ports.ts'
import type { AppSpec } from '../../model/apps/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { AppProcess } from '../../model/protocol/supervisor.ts'
import { readSockets } from '../../proc/sockets.ts'
import type { Context } from '../http/context.ts'
import { lastLines } from './log.ts'
import { listensAt, statusOf } from './probe.ts'

/** How often it is looked whether an app listens, and whether it was given up (ms). */
const POLL_MS = 2
const EXIT_POLL_MS = 400

/**
 * Starts an app and waits until it answers: its port takes connections, from a process of its own, and its health
 * path is well. Answers the address it listens on. Checks the process's owner only if the port was in use before, as a
 * visitor waits meanwhile. Throws `app_failed` with what is wrong and the app's last lines, `port_taken` when
 * somebody else listens there.
 */
export async function startAndWait(
  ctx: Context,
  domain: string,
  app: AppSpec,
  seconds: number,
  hint: string | null = null,
): Promise<AppAddress> {
  const somebody = isOpen(app.port)
  await ctx.supervisor.call('start', { domain })
  return untilReady(ctx, domain, app, seconds, somebody, hint)
}

/** The same for an app that is being started. */
export async function untilReady(
  ctx: Context,
  domain: string,
  { port, healthPath }: AppSpec,
  seconds: number,
  doubtful = true,
  hint: string | null = null,
): Promise<AppAddress> {
  const begun = performance.now()
  const deadline = begun + seconds * 1000
  let asked = performance.now()
  let answer: number | null = null
  while (performance.now() < deadline) {
    const address = await listensAt(port)
    if (address) {
      if (doubtful) refuseStranger(port, await processOf(ctx, domain))
      if (healthPath === null) return address
      answer = await statusOf({ domain, port, address, path: healthPath })
      if (answer !== null && answer < 400) return address
    }
    if (performance.now() - asked > EXIT_POLL_MS) {
      const process = await processOf(ctx, domain)
      if (process?.state === 'errored') throw await failed(domain, process.reason ?? 'It was given up', hint)
      asked = performance.now()
    }
    await sleep(answer === null ? (performance.now() - begun < 1_000 ? POLL_MS : 20) : 100)
  }
  throw await failed(
    domain,
    answer === null
      ? silence(port, seconds, await processOf(ctx, domain))
      : `${healthPath} answered ${answer} for ${seconds} seconds`,
    hint,
  )
}

/** Reads the supervisor's knowledge of an app; null when it does not run it. */
export async function processOf(ctx: Context, domain: string): Promise<AppProcess | null> {
  const { apps } = await ctx.supervisor.call('list', {})
  return apps.find((entry) => entry.domain === domain) ?? null
}

/** Whether anything listens on an app's port: the app itself, unless somebody means harm. */
export const isOpen = (port: number, sockets = readSockets()): boolean =>
  sockets.some(({ localPort, listening }) => localPort === port && listening)

/** Whoever is on the server may listen on a port that is free: only a process of the site's own user is the app. */
function refuseStranger(port: number, process: AppProcess | null): void {
  if (!process || process.listening.includes(port)) return
  throw new PanelError(
    'port_taken',
    409,
    `Another program on this server listens on the app’s port ${port}. Start the app again: it gets another port`,
  )
}

/** Why nobody answers on an app's port. Pure. */
export function silence(port: number, seconds: number, process: Pick<AppProcess, 'listening'> | null): string {
  const listening = process?.listening ?? []
  if (listening.includes(port))
    return `It listens on port ${port} of another address than 127.0.0.1, the one it was given as HOST`
  return listening.length > 0
    ? `It listens on port ${listening.join(' and ')}, but not on ${port}, the one it was given as PORT`
    : `It did not listen on port ${port} (PORT in its environment) within ${seconds} seconds`
}

/** A start in vain, with what is known of it and the app's last lines. */
export async function failed(domain: string, what: string, hint: string | null): Promise<PanelError> {
  const lines = await lastLines(domain, 15)
  return new PanelError(
    'app_failed',
    422,
    `${domain} did not start. ${what.replace(/\.$/, '')}. ${hint === null ? '' : `${hint}. `}` +
      `${lines.length > 0 ? `Its last lines:\n${lines.join('\n')}` : 'It printed nothing.'}`,
  )
}
