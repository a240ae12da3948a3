import type { Agent } from '../../model/protocol/agent.ts'
import type { Supervisor } from '../../model/protocol/supervisor.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { KeyValue } from '../store/kv.ts'
import type { Store } from '../store/open.ts'

/** Means of every use-case. One for the whole process. */
export interface Context {
  db: Store
  kv: KeyValue
  agent: Agent
  supervisor: Supervisor
  jobs: Jobs
}
