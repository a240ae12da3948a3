import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { PanelError } from '../errors.ts'
import { line, type Progress } from './lines.ts'
import type { Client, Input, Output, Protocol } from './protocol.ts'

/** What a process is called in errors, and how it is looked after. */
export interface Callee {
  socketPath: string
  /** `agent`: the codes are `agent_unreachable` and `agent_lost`. */
  name: string
  unit: string
  /** A refused call did nothing, so it is made again for this long (ms): one that was killed is back within three seconds. */
  comeback?: number
}

/** How long the agent may take to start and take a request (ms); what it then does may take as long as it needs. */
const PATIENCE = 30_000

async function persistently({ name, comeback = 3_000 }: Callee, work: () => Promise<unknown>): Promise<unknown> {
  const deadline = Date.now() + comeback
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const refused = error instanceof PanelError && error.code === `${name}_unreachable`
      if (!refused || Date.now() > deadline) throw error
      await sleep(200)
    }
  }
}

/** The panel's end of a root process's socket. */
export const connect = <P extends Protocol>(callee: Callee, operations: P): Client<P> => ({
  async call<O extends keyof P & string>(operation: O, input: Input<P, O>, onProgress: (p: Progress) => void = () => {}, leave?: AbortSignal): Promise<Output<P, O>> {
    const result = await persistently(callee, () => exchange(callee, operation, JSON.stringify(input), onProgress, leave))
    return v.parse(operations[operation]!.output, result) as Output<P, O>
  },
})

function exchange(callee: Callee, operation: string, body: string, onProgress: (p: Progress) => void, leave?: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: callee.socketPath, path: `/${operation}`, method: 'POST', agent: false, ...(leave && { signal: leave }), headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } })
    const impatient = setTimeout(() => call.destroy(Object.assign(new Error('no answer'), { code: 'ECONNREFUSED' })), PATIENCE)
    call.on('close', () => clearTimeout(impatient))
    call.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(callee, error)))
    call.on('response', (response) => {
      clearTimeout(impatient)
      response.on('error', () => reject(lost(callee)))
      const lines = createInterface({ input: response })
      lines.on('line', (text) => {
        const said = v.parse(line, JSON.parse(text))
        if ('progress' in said) onProgress(said.progress)
        else if ('error' in said) reject(new PanelError(said.error.code, said.error.status, said.error.message, said.error.details))
        else resolve(said.result)
      })
      lines.on('error', () => reject(lost(callee)))
      lines.on('close', () => reject(lost(callee)))
    })
    call.end(body)
  })
}

/** A refused connection did nothing; one that broke may have. */
function unreachable(callee: Callee, error: NodeJS.ErrnoException): PanelError {
  const refused = ['ENOENT', 'ECONNREFUSED', 'EACCES'].includes(error.code ?? '')
  if (!refused) return lost(callee)
  return new PanelError(`${callee.name}_unreachable`, 503, `The panel’s ${callee.name} does not answer. Look at: systemctl status ${callee.unit}.socket ${callee.unit}`)
}

/** It broke off in the middle: whether the change was made is not known until it is asked again. */
const lost = ({ name }: Callee): PanelError =>
  new PanelError(`${name}_lost`, 503, `The panel’s ${name} stopped in the middle of this. It takes back what it had begun when it starts again; try again in a moment`)
