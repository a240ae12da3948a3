import * as v from 'valibot'
import {
  charset,
  compression,
  databaseName,
  databaseSpec,
  databaseTable,
  databaseUser,
  dumpId,
  query,
} from '../databases/schema.ts'
import { changes, nothing } from './change.ts'
import * as errors from './throws.ts'

/** Name of a job's work in the agent, to cancel it. */
const task = v.pipe(v.string(), v.uuid())
const oneDatabase = v.strictObject({ name: databaseName })
const databaseChange = v.strictObject({ database: databaseSpec, gone: v.array(databaseUser) })

/** The largest that a dump may be (bytes); null: its owner has no limit. */
const most = v.nullable(v.number())

/** Operations of the agent about databases and their dumps. */
export const databaseOperations = {
  /** A database's own account, which the database tool works with; its password is put back if somebody changed it. */
  'databases.account': {
    input: oneDatabase,
    output: v.strictObject({ username: v.string(), password: v.string() }),
    throws: [...errors.mariadb, 'account_missing', 'database_missing', 'database_secret_missing', 'tool_missing'],
  },
  /** Lets the database tool's PHP end; its socket starts it again. */
  'databases.sleepAdminer': { input: nothing, output: nothing, throws: ['command_failed'] },
  /** The difference one database and its users make; touches nothing. */
  'databases.plan': { reads: 'each', input: databaseChange, output: changes, throws: errors.databaseChange },
  /** Makes a database and its users so; `gone` are users it has no more. */
  'databases.apply': { input: databaseChange, output: changes, throws: errors.databaseChange },
  /** Removes a database with its users, after a dump of it under an id was kept. */
  'databases.remove': {
    input: v.strictObject({ name: databaseName, users: v.array(databaseUser), dump: v.nullable(dumpId), task }),
    output: v.strictObject({ bytes: v.nullable(v.number()) }),
    throws: [...errors.dump, 'database_secret_missing'],
  },
  /** Bytes on disk and tables of each, in the order asked. */
  'databases.usage': {
    isLook: true,
    reads: 'shared',
    input: v.strictObject({ names: v.array(databaseName) }),
    output: v.strictObject({ usage: v.array(v.strictObject({ bytes: v.number(), tables: v.number() })) }),
  },
  'databases.tables': {
    reads: 'shared',
    input: oneDatabase,
    output: v.strictObject({ tables: v.array(databaseTable) }),
    throws: errors.mariadb,
  },
  'databases.queries': {
    reads: 'shared',
    input: oneDatabase,
    output: v.strictObject({ queries: v.array(query) }),
    throws: errors.mariadb,
  },
  'databases.endQuery': {
    input: v.strictObject({ name: databaseName, id: v.pipe(v.number(), v.safeInteger()) }),
    output: v.strictObject({ ended: v.boolean() }),
    throws: errors.mariadb,
  },
  /** Keeps a dump under an id. */
  'databases.export': {
    input: v.strictObject({ name: databaseName, dump: dumpId, compression, most, task }),
    output: v.strictObject({ bytes: v.number() }),
    throws: [...errors.dump, 'database_missing', 'limit_reached'],
  },
  /** Writes a dump into a pipe of this id, which the panel reads. */
  'databases.stream': {
    input: v.strictObject({ name: databaseName, pipe: dumpId, compression }),
    output: nothing,
    throws: [...errors.dump, 'command_failed', 'database_missing'],
  },
  /**
   * Imports a dump, one the panel received or one that is kept; a copy of what was there before is kept under an id,
   * and restored if it fails.
   */
  'databases.import': {
    input: v.strictObject({
      name: databaseName,
      charset,
      from: v.strictObject({ kind: v.picklist(['upload', 'dump']), id: dumpId }),
      copy: dumpId,
      most,
      task,
    }),
    output: v.strictObject({ copyBytes: v.nullable(v.number()), notes: v.array(v.string()) }),
    throws: errors.dumpImport,
  },
  /** Waits until an import that was cut off has been rolled back. */
  'databases.recover': { input: oneDatabase, output: nothing, throws: [...errors.mariadb, 'not_put_back'] },
  /** Cancels what runs under this task; what it began is rolled back. */
  'databases.cancel': { input: v.strictObject({ task }), output: v.strictObject({ found: v.boolean() }) },
  /** Deletes files that are none of these, a day after they were made. */
  'dumps.prune': { input: v.strictObject({ keep: v.array(dumpId) }), output: nothing },
  'dumps.remove': { input: v.strictObject({ ids: v.array(dumpId) }), output: nothing },
} as const
