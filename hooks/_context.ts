import { connectAgent } from '../lib/agent/client.ts'
import type { Context } from '../lib/function/context.ts'
import { openContext } from '../lib/function/open-context.ts'
import { paths } from '../lib/paths.ts'

/** What a hook works with: the same database and agent as the panel. */
export const hookContext = (): Promise<Context> =>
  openContext(process.env.HOSTING_PANEL_DATABASE ?? paths.database, connectAgent(process.env.HOSTING_PANEL_AGENT_SOCKET))
