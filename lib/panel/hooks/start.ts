import { runHook } from '../alerts/hooks.ts'
import { openInstalledContext } from '../open-context.ts'
import type { Hook } from './define.ts'

/** Runs a hook by itself: what its timer starts. */
export async function startHook(name: string, { run }: Hook): Promise<void> {
  const ctx = await openInstalledContext()
  await runHook(ctx, name, () => run(ctx))
}
