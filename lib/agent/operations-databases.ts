import type { operations, Operations } from '../model/protocol/agent.ts'
import type { Implementations } from '../model/protocol/define.ts'
import { letToolSleep, toolAccount } from './adminer/tool.ts'
import { amongDatabases, busily, exclusively } from './converge/exclusively.ts'
import {
  applyDatabase, databaseQueries, databaseTables, databaseUsage, dropDatabase, endDatabaseQuery, exportDatabase, planDatabase, removeDumps, streamDatabase, sweepDumps,
} from './databases/databases.ts'
import { importInto, mended } from './databases/imports.ts'
import { cancel } from './databases/tasks.ts'

type Own = Extract<keyof Operations, `databases.${string}` | `dumps.${string}`>

/** What the agent does for databases and their dumps. */
export const databasesOperations: Pick<Implementations<typeof operations>, Own> = {
  'databases.plan': async (wish) => ({ changes: await planDatabase(wish) }),
  'databases.apply': async (wish) => ({ changes: await amongDatabases(() => applyDatabase(wish)) }),
  'databases.remove': (wish, onProgress, gone) => busily(() => dropDatabase(wish, onProgress, gone)),
  'databases.usage': databaseUsage,
  'databases.tables': databaseTables,
  'databases.queries': databaseQueries,
  'databases.endQuery': endDatabaseQuery,
  'databases.export': exportDatabase,
  'databases.stream': streamDatabase,
  'databases.import': importInto,
  'databases.mend': ({ name }) => mended(name, () => Promise.resolve({})),
  'databases.cancel': ({ task }) => Promise.resolve({ found: cancel(task) }),
  'databases.account': ({ name }) => amongDatabases(() => toolAccount(name)),
  'databases.sleepTool': () => exclusively(letToolSleep),
  'dumps.remove': removeDumps,
  'dumps.sweep': sweepDumps,
}
