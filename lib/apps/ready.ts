import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { siteNames } from '../sites/names.ts'
import { identities } from '../system/identities.ts'
import { readSockets } from '../system/sockets.ts'
import { lastLines } from './log.ts'
import type { AppSpec } from './schema.ts'

const HOST = '127.0.0.1'

/** How often it is looked whether an app listens, and whether it was given up (ms). */
const LOOK = 5
const LOOK_AGAIN = 400

/**
 * Waits until an app answers: its port takes connections, from a process of its own, and its health path is well.
 * Throws `app_failed` with what is wrong and the app's last lines, `port_taken` when somebody else listens there.
 */
export async function untilReady(ctx: Context, domain: string, { port, healthPath }: AppSpec, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  let asked = Date.now()
  let answer: number | null = null
  while (Date.now() < deadline) {
    if (await takesConnections(port)) {
      refuseStranger(domain, port)
      if (healthPath === null) return
      answer = await statusOf(domain, port, healthPath)
      if (answer !== null && answer < 400) return
    }
    if (Date.now() - asked > LOOK_AGAIN) {
      await refuseGivenUp(ctx, domain)
      asked = Date.now()
    }
    await sleep(answer === null ? LOOK : 100)
  }
  throw await failed(domain, answer === null ? silence(domain, port, seconds) : `${healthPath} answered ${answer} for ${seconds} seconds`)
}

const takesConnections = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, HOST)
  const end = (taken: boolean) => {
    socket.destroy()
    resolve(taken)
  }
  socket.once('connect', () => end(true)).once('error', () => end(false)).setTimeout(1_000, () => end(false))
})

const statusOf = (domain: string, port: number, path: string): Promise<number | null> => new Promise((resolve) => {
  const call = request({ port, host: HOST, path, headers: { host: domain }, agent: false, timeout: 5_000 }, (response) => {
    response.resume()
    resolve(response.statusCode!)
  })
  call.on('timeout', () => call.destroy()).on('error', () => resolve(null)).end()
})

const uidOf = (domain: string): number => identities.uid(siteNames(domain).user)

/** Whoever is on the server may listen on a port that is free: only the site's own user is the app. */
function refuseStranger(domain: string, port: number): void {
  const listener = readSockets().find(({ localPort, listening }) => localPort === port && listening)
  if (listener && listener.uid !== uidOf(domain)) {
    throw new PanelError('port_taken', 409, `Another program on this server listens on the app’s port ${port}. Start the app again: it gets another port`)
  }
}

export const isTaken = (domain: string, port: number): boolean =>
  readSockets().some(({ localPort, listening, uid }) => localPort === port && listening && uid !== uidOf(domain))

/** Whether the app itself listens on its port. */
export const listens = (domain: string, port: number, sockets = readSockets()): boolean =>
  sockets.some(({ localPort, listening, uid }) => localPort === port && listening && uid === uidOf(domain))

async function refuseGivenUp(ctx: Context, domain: string): Promise<void> {
  const { apps } = await ctx.supervisor.call('list', {})
  const app = apps.find((entry) => entry.domain === domain)
  if (app?.state === 'errored') throw await failed(domain, app.reason ?? 'It was given up')
}

function silence(domain: string, port: number, seconds: number): string {
  const others = readSockets().filter(({ listening, uid }) => listening && uid === uidOf(domain)).map(({ localPort }) => localPort)
  return others.length > 0
    ? `It listens on port ${[...new Set(others)].join(' and ')}, but not on ${port}, the one it was given as PORT`
    : `It did not listen on port ${port} (PORT in its environment) within ${seconds} seconds`
}

async function failed(domain: string, what: string): Promise<PanelError> {
  const lines = await lastLines(domain, 15)
  return new PanelError('app_failed', 422, `${domain} did not start. ${what}.${lines.length > 0 ? ` Its last lines:\n${lines.join('\n')}` : ' It printed nothing.'}`.replace('..', '.'))
}
