import { PanelError } from '../../model/errors.ts'
import { SILENT, type Reply } from './client.ts'
import { flushScripts, isJsonChanged, killScript, memory } from './commands.ts'
import { asAdministrator, restart } from './index.ts'

/** Scripts that Redis keeps may take this much (bytes): it evicts keys for them, and never a script. */
const MOST_BYTES = 16_000_000

/** Which scripts were ended, or forgotten. `restarted`: only a new start ended one, so all keys are gone. */
export type ScriptsEnded = 'none' | 'ended' | 'restarted' | 'forgotten'

/**
 * Ends a script that blocks Redis. Flushes all scripts when they take the room of keys, or when one has changed how the
 * others read and write JSON. Throws as asAdministrator does, and `redis_check_failed`.
 */
export async function endScripts(): Promise<ScriptsEnded> {
  const answer = await kill()
  if (answer === 'OK') return 'ended'
  if (answer !== 'NOTBUSY') {
    await restart()
    return 'restarted'
  }
  return asAdministrator(async (ask) => {
    if (bytesOfScripts(await ask(memory())) <= MOST_BYTES && (await ask(isJsonChanged())) === 0) return 'none'
    await ask(flushScripts())
    return 'forgotten'
  })
}

type Answer = 'OK' | 'NOTBUSY' | 'UNKILLABLE' | 'SILENT'

/** Ends the running script. Asks twice: Redis answers nobody while a script is inside a built-in function. */
async function kill(tries = 2): Promise<Answer> {
  try {
    return await asAdministrator((ask) => ask(killScript()).then(() => 'OK' as const, toRefusal))
  } catch (error) {
    if (!(error instanceof PanelError && error.message.includes(SILENT))) throw error
    return tries > 1 ? kill(tries - 1) : 'SILENT'
  }
}

/** Answers the word with which Redis refuses to end a script; what else it says is thrown. */
function toRefusal(error: Error): Answer {
  const [word] = error.message.split(' ')
  if (word === 'NOTBUSY' || word === 'UNKILLABLE') return word
  throw error
}

/** Memory of scripts and of their interpreter, as INFO tells it. Pure. */
export const bytesOfScripts = (info: Reply): number =>
  ['used_memory_vm_eval', 'used_memory_scripts_eval']
    .map((name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(String(info))?.[1] ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0)
