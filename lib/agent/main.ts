import { deleteUnfinishedOrders } from '../drivers/certbot/index.ts'
import { deleteUnfinishedVersions } from '../drivers/certificates/index.ts'
import { deleteUnfinishedDumps } from '../drivers/mariadb/dumps.ts'
import { pruneNodeFiles } from '../drivers/node/index.ts'
import { collectWhenIdle } from '../model/gc.ts'
import { paths } from '../model/paths.ts'
import { operations } from '../model/protocol/agent.ts'
import { listen } from '../rpc/listen.ts'
import { createRpcServer } from '../rpc/server.ts'
import { isBusy } from './converge/queues.ts'
import { recover } from './converge/rollback.ts'
import { recoverImports } from './databases/imports.ts'
import { isWatching, undoOverdue } from './firewall/firewall.ts'
import { implementations } from './operations.ts'
import { shared } from './share.ts'
import { pruneTrash } from './sites/trash.ts'

process.umask(0o022)
const cutOff = await recover()
const recovered =
  [cutOff, await (cutOff === null ? undoOverdue() : undoOverdue(() => true))].filter(Boolean).join('. ') || null
if (recovered) console.log(recovered)
await pruneTrash()
await pruneNodeFiles()
await deleteUnfinishedOrders()
await deleteUnfinishedVersions()
await recoverImports()
await deleteUnfinishedDumps()

collectWhenIdle(
  listen({
    socketPath: paths.agentSocket,
    create: (stayFor) => createRpcServer(operations, shared(operations, implementations(recovered)), stayFor),
    isBusy: () => isBusy() || isWatching(),
  }),
)
