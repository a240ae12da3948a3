import type { Reply } from './client.ts'
import { flushScripts, isJsonChanged, killScript, memory } from './commands.ts'
import { asAdministrator, restart } from './index.ts'

/** Scripts that Redis keeps may take this much (bytes): it evicts keys for them, and never a script. */
const MOST_BYTES = 16_000_000

/** Which scripts were ended, or forgotten. `restarted`: only a new start ended one, so all keys are gone. */
export type ScriptsEnded = 'none' | 'ended' | 'restarted' | 'forgotten'

/**
 * Ends a script that holds everybody up. Forgets all when they take the place of keys, or when one has changed how the
 * others read and write JSON. Throws as asAdministrator does, and `redis_check_failed`.
 */
export async function endScripts(): Promise<ScriptsEnded> {
  const ended = await asAdministrator((ask) => ask(killScript()).then(() => 'ended', toRefusal))
  if (ended === 'UNKILLABLE') await restart()
  if (ended !== 'NOTBUSY') return ended === 'UNKILLABLE' ? 'restarted' : 'ended'
  return asAdministrator(async (ask) => {
    if (bytesOfScripts(await ask(memory())) <= MOST_BYTES && (await ask(isJsonChanged())) === 0) return 'none'
    await ask(flushScripts())
    return 'forgotten'
  })
}

/** Answers the word with which Redis refuses to end a script; what else it says is thrown. */
function toRefusal(error: Error): 'NOTBUSY' | 'UNKILLABLE' {
  const [word] = error.message.split(' ')
  if (word === 'NOTBUSY' || word === 'UNKILLABLE') return word
  throw error
}

/** Memory of scripts and of their interpreter, as INFO tells it. Pure. */
export const bytesOfScripts = (info: Reply): number =>
  ['used_memory_vm_eval', 'used_memory_scripts_eval']
    .map((name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(String(info))?.[1] ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0)
