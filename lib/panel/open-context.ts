import { paths } from '../model/paths.ts'
import type { Agent } from '../model/protocol/agent.ts'
import type { Supervisor } from '../model/protocol/supervisor.ts'
import { connectAgent } from './clients/agent.ts'
import { connectSupervisor } from './clients/supervisor.ts'
import type { Context } from './http/context.ts'
import { createJobs } from './jobs/jobs.ts'
import { openKeyValue } from './store/kv.ts'
import { openStore } from './store/open.ts'

/** Opens everything the use-cases work with. `database` is a file's path. */
export async function openContext(
  database: string,
  agent: Agent,
  supervisor: Supervisor = connectSupervisor(),
): Promise<Context> {
  const db = await openStore(database)
  return { db, kv: openKeyValue(db), agent, supervisor, jobs: createJobs(db) }
}

/** Opens the same database and agent as the installed panel does: for what runs beside it. */
export const openInstalledContext = (): Promise<Context> =>
  openContext(
    process.env.HOSTING_PANEL_DATABASE ?? paths.database,
    connectAgent(process.env.HOSTING_PANEL_AGENT_SOCKET),
  )
