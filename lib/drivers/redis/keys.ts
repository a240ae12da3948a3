import type { RedisUsage } from '../../model/caches/schema.ts'
import type { Ask } from './client.ts'
import { bytesOf, keysOf, moveKey, removeKeys } from './commands.ts'
import { asAdministrator } from './index.ts'

/** Number of keys whose size is asked; the others are taken for alike. */
const SAMPLE = 500

/** So many keys are removed with one command. */
const AT_ONCE = 1000

async function* scan(ask: Ask, user: string): AsyncGenerator<string[]> {
  let cursor = '0'
  do {
    const [next, keys] = (await ask(keysOf(user, cursor))) as [string, string[]]
    yield keys
    cursor = next
  } while (cursor !== '0')
}

/** How many keys a user has, and about how large they are. Throws as asAdministrator does. */
export const usage = (user: string): Promise<RedisUsage> =>
  asAdministrator(async (ask) => {
    let keys = 0
    const sample: string[] = []
    for await (const some of scan(ask, user)) {
      keys += some.length
      sample.push(...some.slice(0, SAMPLE - sample.length))
    }
    const sizes = await Promise.all(sample.map((key) => ask(bytesOf(key))))
    const bytes = sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0)
    return { keys, bytes: sample.length > 0 ? Math.round((bytes / sample.length) * keys) : 0 }
  })

/** Removes every key of a user, and no other. Answers how many. Throws as asAdministrator does. */
export const removeAll = (user: string): Promise<number> =>
  asAdministrator(async (ask) => {
    let removed = 0
    for await (const keys of scan(ask, user)) {
      for (let at = 0; at < keys.length; at += AT_ONCE)
        removed += Number(await ask(removeKeys(keys.slice(at, at + AT_ONCE))))
    }
    return removed
  })

/** Whether a user has keys. Throws as asAdministrator does. */
export const hasKeys = (user: string): Promise<boolean> =>
  asAdministrator(async (ask) => {
    for await (const keys of scan(ask, user)) if (keys.length > 0) return true
    return false
  })

/** Gives every key of a user to another. Throws as asAdministrator does. */
export const moveAll = (from: string, to: string): Promise<void> =>
  asAdministrator(async (ask) => {
    for await (const keys of scan(ask, from)) {
      // A key may have expired since, or come twice.
      await Promise.all(keys.map((key) => ask(moveKey(key, from, to)).catch(refuseOther)))
    }
  })

function refuseOther(error: unknown): void {
  if (!(error instanceof Error && /no such key/.test(error.message))) throw error
}
