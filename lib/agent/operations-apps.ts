import type { operations } from '../model/protocol/agent.ts'
import type { Implementations } from '../model/protocol/define.ts'
import { buildApp } from './apps/build-app.ts'
import { openStatic, shareStatic } from './apps/static-files.ts'
import { runCommand } from './commands/run-command.ts'
import { keepAlive } from './converge/queues.ts'
import { cancel } from './databases/tasks.ts'

type Own = 'apps.prepare' | 'apps.static' | 'commands.run' | 'commands.cancel'

/** Work in the folders of sites, as their users. */
export const appOperations: Pick<Implementations<typeof operations>, Own> = {
  'apps.prepare': (input, onProgress) => keepAlive(() => buildApp(input, onProgress)),
  'apps.static': ({ spec, before, switched }) =>
    keepAlive(() => (switched ? shareStatic : openStatic)(spec, before).then(() => ({}))),
  'commands.run': (input, onProgress, gone) => keepAlive(() => runCommand(input, onProgress, gone)),
  'commands.cancel': ({ task }) => Promise.resolve({ found: cancel(task) }),
}
