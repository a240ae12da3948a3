import { paths } from '../../model/paths.ts'
import { operations, type Agent } from '../../model/protocol/agent.ts'
import { connect } from '../../rpc/client.ts'

/** The panel's end of the agent's socket. */
export const connectAgent = (socketPath: string = paths.agentSocket, retryForMs?: number, timeoutMs?: number): Agent =>
  connect({ socketPath, name: 'agent', unit: 'hosting-panel-agent', retryForMs, timeoutMs }, operations)
