import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { PanelError } from '../errors.ts'
import { paths } from '../paths.ts'
import { operations, line, type Agent, type Input, type Operation, type Output, type Progress } from './protocol.ts'

/** The agent broke off in the middle: whether the change was made is not known until it is asked again. */
const AGENT_LOST = 'agent_lost'

/** How long the agent may take to start and take a request (ms); what it then does may take as long as it needs. */
const PATIENCE = 30_000

/** A refused call did nothing, so it may be made again: an agent that was killed is back within this (ms). */
const COMEBACK = 3_000

async function persistently(work: () => Promise<unknown>): Promise<unknown> {
  const deadline = Date.now() + COMEBACK
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const refused = error instanceof PanelError && error.code === 'agent_unreachable'
      if (!refused || Date.now() > deadline) throw error
      await sleep(200)
    }
  }
}

/** An agent that was killed takes its half back when it starts again, so the same wish is simply asked once more. */
export const evenIfKilled = <T>(ask: () => Promise<T>): Promise<T> => ask().catch((error: unknown) => {
  if (error instanceof PanelError && error.code === AGENT_LOST) return ask()
  throw error
})

/** The panel's end of the agent's socket. */
export function connectAgent(socketPath: string = paths.agentSocket): Agent {
  return {
    async call<O extends Operation>(operation: O, input: Input<O>, onProgress: (p: Progress) => void = () => {}): Promise<Output<O>> {
      const result = await persistently(() => exchange(socketPath, operation, JSON.stringify(input), onProgress))
      return v.parse(operations[operation].output, result) as Output<O>
    },
  }
}

function exchange(socketPath: string, operation: Operation, body: string, onProgress: (p: Progress) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/${operation}`, method: 'POST', agent: false, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } })
    const impatient = setTimeout(() => call.destroy(Object.assign(new Error('no answer'), { code: 'ECONNREFUSED' })), PATIENCE)
    call.on('close', () => clearTimeout(impatient))
    call.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(error)))
    call.on('response', (response) => {
      clearTimeout(impatient)
      response.on('error', () => reject(lost()))
      const lines = createInterface({ input: response })
      lines.on('line', (text) => {
        const said = v.parse(line, JSON.parse(text))
        if ('progress' in said) onProgress(said.progress)
        else if ('error' in said) reject(new PanelError(said.error.code, said.error.status, said.error.message))
        else resolve(said.result)
      })
      lines.on('error', () => reject(lost()))
      lines.on('close', () => reject(lost()))
    })
    call.end(body)
  })
}

/** A refused connection did nothing; one that broke may have. */
function unreachable(error: NodeJS.ErrnoException): PanelError {
  const refused = ['ENOENT', 'ECONNREFUSED', 'EACCES'].includes(error.code ?? '')
  return refused
    ? new PanelError('agent_unreachable', 503, 'The panel’s agent does not answer. Look at: systemctl status hosting-panel-agent.socket hosting-panel-agent')
    : lost()
}

const lost = (): PanelError =>
  new PanelError(AGENT_LOST, 503, 'The panel’s agent stopped in the middle of this. It takes back what it had begun when it starts again; try again in a moment')
