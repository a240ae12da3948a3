import { startPm2 } from '../drivers/pm2/index.ts'
import { paths } from '../model/paths.ts'
import { operations } from '../model/protocol/supervisor.ts'
import { listen } from '../rpc/listen.ts'
import { createRpcServer } from '../rpc/server.ts'
import { createApps } from './apps.ts'
import { openProcessGroups } from './process-groups.ts'

/** How often the memory of apps is looked at (ms): a hog is ended within about as long. */
const POLL_MS = 1_000

process.umask(0o022)
const apps = createApps(await startPm2(), openProcessGroups())
setInterval(apps.watchMemory, POLL_MS)

listen({
  socketPath: paths.supervisorSocket,
  create: (stayFor) =>
    createRpcServer(
      operations,
      {
        start: ({ domain }) => apps.start(domain),
        stop: ({ domain, unlessBusy }) => apps.stop(domain, unlessBusy),
        list: () => Promise.resolve({ apps: apps.list() }),
      },
      stayFor,
    ),
  isBusy: apps.areAny,
  beforeLeaving: apps.stopAll,
})
