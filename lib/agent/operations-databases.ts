import type { operations, Operations } from '../model/protocol/agent.ts'
import type { Implementations } from '../model/protocol/define.ts'
import { letAdminerSleep, adminerAccount } from './adminer/adminer.ts'
import { databaseQueue, keepAlive, runExclusive } from './converge/queues.ts'
import {
  applyDatabase,
  databaseQueries,
  databaseTables,
  databaseUsage,
  dropDatabase,
  endDatabaseQuery,
  exportDatabase,
  planDatabase,
  removeDumps,
  streamDatabase,
  pruneDumps,
} from './databases/databases.ts'
import { importInto, recovered } from './databases/imports.ts'
import { cancel } from './databases/tasks.ts'

type Own = Extract<keyof Operations, `databases.${string}` | `dumps.${string}`>

/** Implements the operations about databases and their dumps. */
export const databasesOperations: Pick<Implementations<typeof operations>, Own> = {
  'databases.plan': async (input) => ({ changes: await planDatabase(input) }),
  'databases.apply': async (input) => ({ changes: await databaseQueue(() => applyDatabase(input)) }),
  'databases.remove': (input, onProgress, gone) => keepAlive(() => dropDatabase(input, onProgress, gone)),
  'databases.usage': databaseUsage,
  'databases.tables': databaseTables,
  'databases.queries': databaseQueries,
  'databases.endQuery': endDatabaseQuery,
  'databases.export': exportDatabase,
  'databases.stream': streamDatabase,
  'databases.import': importInto,
  'databases.recover': ({ name }) => recovered(name, () => Promise.resolve({})),
  'databases.cancel': ({ task }) => Promise.resolve({ found: cancel(task) }),
  'databases.account': ({ name }) => databaseQueue(() => adminerAccount(name)),
  'databases.sleepAdminer': () => runExclusive(letAdminerSleep),
  'dumps.remove': removeDumps,
  'dumps.prune': pruneDumps,
}
