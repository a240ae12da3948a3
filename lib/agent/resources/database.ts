import { changeDatabase, makeDatabase, readDatabase, removeDatabase } from '../../drivers/mariadb/index.ts'
import type { DatabaseState, Kind } from './resource.ts'

/**
 * A database of MariaDB's. Removing is only ever the undo of a creation a moment ago; who deletes one dumps it first.
 */
export const database: Kind<DatabaseState> = {
  read: readDatabase,
  async set(name, before, after) {
    if (!after) await removeDatabase(name)
    else if (before) await changeDatabase(name, after.charset)
    else await makeDatabase(name, after.charset)
  },
  same: (before, after) => before.charset === after.charset,
  summary: (before, after) =>
    before && after ? `${before.charset} -> ${after.charset}, for new tables` : (after?.charset ?? ''),
}
