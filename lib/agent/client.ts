import { PanelError } from '../errors.ts'
import { paths } from '../paths.ts'
import { connect } from '../rpc/client.ts'
import { operations, type Agent } from './protocol.ts'

/** An agent that was killed takes its half back when it starts again, so the same wish is simply asked once more. */
export const evenIfKilled = <T>(ask: () => Promise<T>): Promise<T> => ask().catch((error: unknown) => {
  if (error instanceof PanelError && error.code === 'agent_lost') return ask()
  throw error
})

/** The panel's end of the agent's socket. */
export const connectAgent = (socketPath: string = paths.agentSocket, comeback?: number): Agent =>
  connect({ socketPath, name: 'agent', unit: 'hosting-panel-agent', comeback }, operations)
