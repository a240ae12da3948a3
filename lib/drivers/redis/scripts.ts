import { PanelError } from '../../model/errors.ts'
import { attempt } from '../../system/run.ts'
import { SILENT, type Reply } from './client.ts'
import { findCaller, flushScripts, isJsonChanged, killScript, memory } from './commands.ts'
import { asAdministrator, restart, stateOf } from './index.ts'

/** Scripts that Redis keeps may take this much (bytes): it evicts keys for them, and never a script. */
const MOST_BYTES = 16_000_000

/** Which scripts were ended, or forgotten. `restarted`: only a new start ended one, so all keys are gone. */
export interface ScriptsEnded {
  outcome: 'none' | 'ended' | 'restarted' | 'forgotten'
  /** User of the site whose script it was; null: nobody knows, or there was none. */
  user: string | null
}

/**
 * Ends a script that blocks Redis, and tells whose it was. Flushes all scripts when they take the room of keys, or when
 * one has changed how the others read and write JSON. Throws as asAdministrator does, and `redis_check_failed`.
 */
export async function endScripts(): Promise<ScriptsEnded> {
  let state = await stateOf()
  // Redis answers nobody while a script is inside a built-in function, which may end.
  if (state === 'silent') state = await stateOf()
  if (state === 'well') return { outcome: await flush(), user: null }
  const user = await callerOfScript()
  const answer = state === 'busy' ? await kill() : 'UNKILLABLE'
  if (answer === 'UNKILLABLE') await restart()
  return { outcome: answer === 'OK' ? 'ended' : answer === 'UNKILLABLE' ? 'restarted' : 'none', user }
}

const flush = (): Promise<ScriptsEnded['outcome']> =>
  asAdministrator(async (ask) => {
    if (bytesOfScripts(await ask(memory())) <= MOST_BYTES && (await ask(isJsonChanged())) === 0) return 'none'
    await ask(flushScripts())
    return 'forgotten'
  })

async function callerOfScript(): Promise<string | null> {
  const { code, stdout, stderr } = await attempt(findCaller())
  if (code !== 0) console.error(`Nobody knows whose script held Redis up: ${stderr}`)
  return stdout.trim() || null
}

type Answer = 'OK' | 'NOTBUSY' | 'UNKILLABLE'

/** Ends the running script; one that has written, or that does not end after all, ends with Redis alone. */
async function kill(): Promise<Answer> {
  try {
    return await asAdministrator((ask) => ask(killScript()).then(() => 'OK' as const, toRefusal))
  } catch (error) {
    if (error instanceof PanelError && error.message.includes(SILENT)) return 'UNKILLABLE'
    throw error
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
