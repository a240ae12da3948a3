import type { Agent } from '../model/protocol/agent.ts'
import type { Supervisor } from '../model/protocol/supervisor.ts'
import { connectSupervisor } from './clients/supervisor.ts'
import type { Context } from './http/context.ts'
import { createJobs } from './jobs/jobs.ts'
import { openKeyValue } from './store/kv.ts'
import { openStore } from './store/open.ts'

/** Opens everything the use-cases work with. `database` is a file's path. */
export async function openContext(database: string, agent: Agent, supervisor: Supervisor = connectSupervisor()): Promise<Context> {
  const db = await openStore(database)
  return { db, kv: openKeyValue(db), agent, supervisor, jobs: createJobs(db) }
}
