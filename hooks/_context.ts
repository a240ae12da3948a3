import { paths } from '../lib/model/paths.ts'
import { connectAgent } from '../lib/panel/clients/agent.ts'
import type { Context } from '../lib/panel/http/context.ts'
import { openContext } from '../lib/panel/open-context.ts'

/** What a hook works with: the same database and agent as the panel. */
export const hookContext = (): Promise<Context> =>
  openContext(process.env.HOSTING_PANEL_DATABASE ?? paths.database, connectAgent(process.env.HOSTING_PANEL_AGENT_SOCKET))
