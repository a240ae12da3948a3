import { flushPages } from '../drivers/nginx/pages.ts'
import { removeAll } from '../drivers/redis/keys.ts'
import { endScripts } from '../drivers/redis/scripts.ts'
import type { operations } from '../model/protocol/agent.ts'
import type { Implementations } from '../model/protocol/define.ts'
import { siteUser } from '../model/sites/names.ts'
import { cachesUsage, userOfConnection } from './caches/caches.ts'
import { describeDns, deleteDns, keepDns } from './certificates/dns.ts'
import { readAges } from './clock/clock.ts'
import { followClock } from './clock/follow.ts'
import { nodeQueue, packageQueue, keepAlive, runExclusive } from './converge/queues.ts'
import { checkDirectives, describeDirectives } from './directives/directives.ts'
import { checkConfigurations } from './health/configurations.ts'
import { health } from './health/health.ts'
import { keepMail, showMail } from './mail/mail.ts'
import { addNode, dropNode, listNode, pruneNode } from './node/node.ts'
import { appOperations } from './operations-apps.ts'
import { certificateOperations } from './operations-certificates.ts'
import { databasesOperations } from './operations-databases.ts'
import { phpOperations } from './operations-php.ts'
import { securityOperations } from './operations-security.ts'
import { convergeServer, drift } from './server/server-state.ts'
import { applyDesired, planDesired } from './sites/batch.ts'
import { checkDocumentRoot } from './sites/document-root.ts'
import { lookAtFiles, repairFiles } from './sites/files.ts'
import { holdSites } from './sites/hold.ts'
import { findHtaccess } from './sites/htaccess.ts'
import { pruneTemporary } from './sites/temporary.ts'
import { pruneTrash } from './sites/trash.ts'
import { measure, writers } from './sites/usage.ts'
import { takeUpgrades } from './upgrades/upgrades.ts'

/** Implements each operation of the agent. `recovered` is the change that its start took back. */
export const implementations = (recovered: string | null): Implementations<typeof operations> => ({
  health: () => health(recovered),
  'clock.follow': () => keepAlive(followClock),
  'configurations.check': (known) => runExclusive(() => checkConfigurations(known)),
  'sites.plan': async (change) => ({ changes: await planDesired(change) }),
  'sites.apply': async (change) => ({ changes: await applyDesired(change) }),
  'sites.checkRoot': checkDocumentRoot,
  'sites.htaccess': findHtaccess,
  'sites.usage': async ({ domains }) => ({ sites: await measure(domains) }),
  'sites.hold': holdSites,
  'files.problems': (target) => keepAlive(() => lookAtFiles(target)),
  'files.repair': repairFiles,
  'sites.writers': () => Promise.resolve(writers()),
  ...appOperations,
  'sites.prune': ({ sites }) => keepAlive(async () => pruneTemporary(sites, await readAges())),
  'server.drift': async (desired) => ({ changes: await runExclusive(() => drift(desired)) }),
  'server.converge': async (desired, onProgress) => ({
    changes: await packageQueue(() =>
      runExclusive(() => convergeServer(desired, (step, percent) => onProgress({ step, percent }))),
    ),
  }),
  ...phpOperations,
  'node.list': listNode,
  'node.install': ({ version }, onProgress) => nodeQueue(() => addNode(version, onProgress)),
  'node.remove': ({ version }) => nodeQueue(() => runExclusive(() => dropNode(version))),
  'node.prune': async ({ keep }) => ({
    removed: await nodeQueue(() => runExclusive(async () => pruneNode(keep, await readAges()))),
  }),
  ...securityOperations,
  ...certificateOperations,
  ...databasesOperations,
  'directives.read': describeDirectives,
  'directives.check': () => runExclusive(checkDirectives),
  'mail.show': ({ domain }) => showMail(domain),
  'mail.keep': (input) => runExclusive(() => keepMail(input)),
  'caches.usage': (what) => keepAlive(() => cachesUsage(what)),
  'caches.endScripts': () => keepAlive(() => endScripts()),
  'caches.caller': async (connection) => ({ user: await userOfConnection(connection) }),
  'caches.flush': async ({ domain }) => ({ keys: await keepAlive(() => removeAll(siteUser(domain))) }),
  'caches.flushPages': async ({ domain, path }) => ({ pages: await keepAlive(() => flushPages(domain, path)) }),
  'dns.list': describeDns,
  'dns.keep': (input, onProgress) => packageQueue(() => keepDns(input, onProgress)),
  'dns.delete': deleteDns,
  'upgrades.take': () => keepAlive(takeUpgrades),
  'trash.prune': async () => ({ removed: await pruneTrash() }),
})
