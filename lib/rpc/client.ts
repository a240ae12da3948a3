import { request, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { PanelError } from '../model/errors.ts'
import { caller, PANEL } from '../model/protocol/caller.ts'
import { callerHeader, deadlineHeader, newDeadline } from '../model/protocol/deadline.ts'
import type { Client, Input, Output, Protocol } from '../model/protocol/define.ts'
import { line, type Progress } from '../model/protocol/messages.ts'

/** Name of a process in errors, and of its unit. */
export interface Callee {
  socketPath: string
  /** `agent`: the codes are `agent_unreachable`, `agent_silent` and `agent_lost`. */
  name: 'agent' | 'supervisor'
  unit: string
  /**
   * A refused call did nothing, so it is made again for this long (ms): one that was killed is back within three
   * seconds.
   */
  retryForMs?: number
  /** Time to start and accept a request (ms); the work itself has no limit. */
  timeoutMs?: number
}

const ANSWER_TIMEOUT_MS = Number(process.env.HOSTING_PANEL_ANSWER_TIMEOUT_MS ?? 30_000)

/** Time after the deadline until the request is given up (ms): by then the other end refuses it. */
const MARGIN_MS = 100

async function persistently({ name, retryForMs = 3_000 }: Callee, work: () => Promise<unknown>): Promise<unknown> {
  const deadline = performance.now() + retryForMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const refused = error instanceof PanelError && error.code === `${name}_unreachable`
      if (!refused || performance.now() > deadline) throw error
      await sleep(200)
    }
  }
}

/** The panel's end of a root process's socket. */
export const connect = <P extends Protocol>(callee: Callee, operations: P): Client<P> => ({
  async call<O extends keyof P & string>(
    operation: O,
    input: Input<P, O>,
    onProgress: (p: Progress) => void = () => {},
    leave?: AbortSignal,
  ): Promise<Output<P, O>> {
    const { reads, output } = operations[operation]!
    const signal = leave ?? (reads ? caller()?.gone : undefined)
    const result = await persistently(callee, () =>
      exchange(callee, operation, JSON.stringify(input), onProgress, signal),
    )
    return v.parse(output, result) as Output<P, O>
  },
})

function exchange(
  callee: Callee,
  operation: string,
  body: string,
  onProgress: (p: Progress) => void,
  signal?: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timeoutMs = callee.timeoutMs ?? ANSWER_TIMEOUT_MS
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      [deadlineHeader]: String(newDeadline(timeoutMs)),
      [callerHeader]: encodeURIComponent(caller()?.name ?? PANEL),
    }
    const call = request({
      socketPath: callee.socketPath,
      path: `/${operation}`,
      method: 'POST',
      agent: false,
      headers,
      ...(signal && { signal }),
    })
    let taken = false
    const giveUp = () => !taken && call.destroy(Object.assign(new Error('no answer'), { code: SILENT }))
    // This process may have been stopped itself: what has come meanwhile is read first.
    const timer = setTimeout(() => setImmediate(giveUp), timeoutMs + MARGIN_MS)
    call.on('close', () => clearTimeout(timer))
    call.on('error', (error: NodeJS.ErrnoException) => reject(broken(callee, error)))
    call.on('response', (response) => {
      taken = true
      clearTimeout(timer)
      read(callee, response, { onProgress, resolve, reject })
    })
    call.end(body)
  })
}

const SILENT = 'ETIMEDOUT'

interface Exchange {
  onProgress: (progress: Progress) => void
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

function read(callee: Callee, response: IncomingMessage, { onProgress, resolve, reject }: Exchange): void {
  response.on('error', () => reject(lost(callee)))
  const lines = createInterface({ input: response })
  lines.on('line', (text) => {
    const said = v.parse(line, JSON.parse(text))
    if ('progress' in said) onProgress(said.progress)
    else if ('error' in said) {
      reject(PanelError.relay(said.error))
    } else resolve(said.result)
  })
  lines.on('error', () => reject(lost(callee)))
  lines.on('close', () => reject(lost(callee)))
}

/** A refused connection did nothing; one that broke, or was never answered, may have. */
function broken(callee: Callee, error: NodeJS.ErrnoException): PanelError {
  if (error.code === SILENT) return silent(callee)
  if (!['ENOENT', 'ECONNREFUSED', 'EACCES', 'EAGAIN'].includes(error.code ?? '')) return lost(callee)
  return new PanelError(
    `${callee.name}_unreachable`,
    503,
    `The panel’s ${callee.name} does not answer. Look at: systemctl status ${callee.unit}.socket ${callee.unit}`,
  )
}

/** It broke off in the middle: whether the change was made is not known until it is asked again. */
const lost = ({ name }: Callee): PanelError =>
  new PanelError(
    `${name}_lost`,
    503,
    `The panel’s ${name} stopped in the middle of this. It rolls its work back when it starts again; ` +
      'try again in a moment',
  )

/** The other end refuses requests after the deadline; but if it was stopped just after that check, it may do them. */
const silent = ({ name, unit }: Callee): PanelError =>
  new PanelError(
    `${name}_silent`,
    503,
    `The panel’s ${name} did not accept this in time, and refuses late requests. ` +
      `Look at: systemctl status ${unit}; and check whether it was done before you try again`,
  )
