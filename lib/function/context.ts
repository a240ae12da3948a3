import type { Agent } from '../agent/protocol.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { KeyValue } from '../store/kv.ts'
import type { Store } from '../store/open.ts'
import type { Supervisor } from '../supervisor/protocol.ts'

/** What every use-case works with. One for the whole process. */
export interface Context {
  db: Store
  kv: KeyValue
  agent: Agent
  supervisor: Supervisor
  jobs: Jobs
}
