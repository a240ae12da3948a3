import { PanelError } from '../errors.ts'
import { mergeEnvironment } from './environment.ts'
import type { AppChanges, AppRuntime, AppSpec } from './schema.ts'

/** An app with new settings. Throws `invalid_input` when they contradict its runtime. */
export function changedApp(current: AppSpec, runtime: AppRuntime, { env, ...changes }: AppChanges): AppSpec {
  const next: AppSpec = { ...current, ...changes, env: mergeEnvironment(current.env, env ?? {}) }
  const problem =
    runtime === 'python' && next.nodeVersion ? ['nodeVersion', 'A Python app has no Node version'] :
    runtime === 'node' && next.workers > 1 ? ['workers', 'A Node app runs as one process; only Python apps have workers'] :
    runtime === 'node' && next.entry?.includes(':') ? ['entry', 'The entry of a Node app is a file, such as server.js'] :
    changes.entry && (changes.startCommand ?? next.startCommand) ? ['entry', 'The app has a start command, which says what runs; set startCommand to null to use an entry'] : null
  if (problem) throw new PanelError('invalid_input', 422, problem[1]!, { issues: [{ path: problem[0], message: problem[1] }] })
  return next
}
