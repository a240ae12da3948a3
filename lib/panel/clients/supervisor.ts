import { paths } from '../../model/paths.ts'
import { operations, type Supervisor } from '../../model/protocol/supervisor.ts'
import { connect } from '../../rpc/client.ts'

/** The panel's end of the supervisor's socket. */
export const connectSupervisor = (socketPath: string = paths.supervisorSocket): Supervisor =>
  connect({ socketPath, name: 'supervisor', unit: 'hosting-panel-supervisor' }, operations)
