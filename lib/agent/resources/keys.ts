import { hasKeys, moveAll, removeAll } from '../../drivers/redis/keys.ts'
import type { KeysState, Kind } from './resource.ts'

/** Keys of a site in Redis, by the user whose name theirs begin with. */
export const keys: Kind<KeysState> = {
  async read(name, wanted) {
    return (await hasKeys(name)) ? { of: name } : wanted
  },
  async set(name, before, after) {
    if (!before || !after) return
    // Leftovers of an earlier site of the new name; on the way back they are the site's own.
    if (before.of === name) await removeAll(after.of)
    await moveAll(before.of, after.of)
  },
  same: (before, after) => before.of === after.of,
  summary: (_before, after) => `all keys that begin with it get the prefix ${after?.of}:`,
}
