import type { HookEntry } from '../../model/hooks.ts'
import type { Context } from '../http/context.ts'

/** Scheduled work. Its file's name in hooks/ is its name; the build makes its timer and its line of the crontab. */
export interface Hook extends Omit<HookEntry, 'name'> {
  run: (ctx: Context) => Promise<void>
}

export const defineHook = (hook: Hook): Hook => hook
