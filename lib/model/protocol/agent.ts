import * as v from 'valibot'
import { appStatic } from '../apps/static.ts'
import { siteDirectives } from '../directives/schema.ts'
import { domain } from '../domain.ts'
import { nodeVersion } from '../node/schema.ts'
import { commandResult, commandWords } from '../sites/commands.ts'
import { documentRoot } from '../sites/document-root.ts'
import { htaccess } from '../sites/htaccess.ts'
import { phpVersion, siteSpec } from '../sites/schema.ts'
import { cacheOperations } from './agent-caches.ts'
import { certificateOperations } from './agent-certificates.ts'
import { databaseOperations } from './agent-databases.ts'
import { filesOperations } from './agent-files.ts'
import { healthOperations } from './agent-health.ts'
import { mailOperations } from './agent-mail.ts'
import { phpOperations } from './agent-php.ts'
import { securityOperations } from './agent-security.ts'
import { changes, nothing } from './change.ts'
import type * as rpc from './define.ts'
import { desired, siteChange } from './desired.ts'
import * as errors from './throws.ts'

const task = v.pipe(v.string(), v.uuid())
const nodeInventory = v.strictObject({
  versions: v.array(v.strictObject({ version: nodeVersion, fullVersion: v.string() })),
})

/**
 * Everything the agent can be asked. Both ends validate with these schemas; whatever is not here,
 * or has one key too many, is refused.
 */
export const operations = {
  ...healthOperations,
  /** Tells what would change for one site; touches nothing. */
  'sites.plan': { reads: 'each', input: siteChange, output: changes, throws: errors.sitePlan },
  /** Says why nginx cannot serve a folder of a site. */
  'sites.checkRoot': {
    reads: 'each',
    input: v.strictObject({ domain, documentRoot }),
    output: v.strictObject({ problem: v.nullable(v.string()) }),
  },
  /** Finds what a site's .htaccess files would deny in Apache; `complete`: all folders were looked into. */
  'sites.htaccess': {
    reads: 'each',
    input: v.strictObject({ domain, documentRoot }),
    output: htaccess,
  },
  /** Makes one site as desired. Calls that arrive together share a check and a reload. */
  'sites.apply': { input: siteChange, output: changes, throws: errors.siteChange },
  /** Measures sites, in the order asked: their folders, and their users’ files where all may write. */
  'sites.usage': {
    isLook: true,
    reads: 'shared',
    input: v.strictObject({ domains: v.array(domain) }),
    output: v.strictObject({ sites: v.array(v.strictObject({ bytes: v.number(), files: v.number() })) }),
    throws: ['command_failed'],
  },
  /** Sums up what the processes of each site have written since they began. */
  'sites.writers': {
    isLook: true,
    reads: 'each',
    input: nothing,
    output: v.strictObject({ sites: v.array(v.strictObject({ domain, bytesWritten: v.number() })) }),
  },
  ...filesOperations,
  /** Sets how much each site's user may have on the disk, where the kernel has quotas; answers whether it has. */
  'sites.hold': {
    isLook: true,
    input: v.strictObject({
      sites: v.array(v.strictObject({ domain, diskMb: v.nullable(v.number()), files: v.nullable(v.number()) })),
    }),
    output: v.strictObject({ held: v.boolean() }),
    throws: ['command_failed'],
  },
  /** Deletes expired sessions (null: php.ini's time) and unused temporary files of sites; rotates PHP's logs. */
  'sites.prune': {
    input: v.strictObject({
      sites: v.array(
        v.strictObject({ domain, phpVersion: v.nullable(phpVersion), sessionSeconds: v.nullable(v.number()) }),
      ),
    }),
    output: v.strictObject({ removed: v.number(), logs: v.number() }),
  },
  /**
   * Installs and builds an app unless `stamp` says that this was done; answers what starts it, whether somebody else
   * listens on its port, and a likely reason should its start fail. With `build` it is built again.
   */
  'apps.prepare': {
    input: v.strictObject({ spec: siteSpec, stamp: v.nullable(v.string()), build: v.boolean() }),
    output: v.strictObject({
      command: v.array(v.string()),
      stamp: v.string(),
      portTaken: v.boolean(),
      hint: v.nullable(v.string()),
    }),
    throws: ['app_invalid', 'app_missing', 'disk_full', 'install_failed', 'not_an_app', 'static_failed'],
  },
  /** Grants nginx read access to the static folders; revokes it for those only in `before` once it has `switched`. */
  'apps.static': {
    input: v.strictObject({ spec: siteSpec, before: appStatic, switched: v.boolean() }),
    output: nothing,
    throws: ['static_failed'],
  },
  /** Runs a command as a site's user; the job's id is the task that `commands.cancel` ends. */
  'commands.run': {
    input: v.strictObject({ spec: siteSpec, task, command: commandWords, timeout: v.number() }),
    output: commandResult,
    throws: ['cancelled', 'command_timeout'],
  },
  /** Answers whether there was such a task. */
  'commands.cancel': { input: v.strictObject({ task }), output: v.strictObject({ found: v.boolean() }) },
  /** Compares the desired state with the machine, orphans included; touches nothing. */
  'server.drift': { reads: 'shared', input: v.strictObject(desired), output: changes, throws: errors.serverPlan },
  /**
   * Makes the machine as desired; sites that are not in the desired state go to the trash only with `removeOrphans`.
   */
  'server.converge': {
    input: v.strictObject({ ...desired, removeOrphans: v.boolean() }),
    output: changes,
    throws: errors.serverChange,
  },
  ...phpOperations,
  /**
   * The Node versions for apps that are installed; brought up to the newest release; removed unless an app needs it.
   */
  'node.list': { reads: 'shared', input: nothing, output: nodeInventory },
  'node.install': {
    input: v.strictObject({ version: nodeVersion }),
    output: nodeInventory,
    throws: ['command_failed', 'node_install_failed'],
  },
  'node.remove': {
    input: v.strictObject({ version: nodeVersion }),
    output: nodeInventory,
    throws: ['command_failed', 'node_version_in_use'],
  },
  /** Deletes those older than a week that no app needs, but for some. */
  'node.prune': {
    input: v.strictObject({ keep: v.array(nodeVersion) }),
    output: v.strictObject({ removed: v.array(nodeVersion) }),
    throws: ['command_failed'],
  },
  ...securityOperations,
  ...certificateOperations,
  ...databaseOperations,
  ...cacheOperations,
  ...mailOperations,
  /** Reads the own nginx directives of a site that people put on the server, and why nginx refuses them. */
  'directives.read': {
    reads: 'each',
    input: v.strictObject({ domain }),
    output: v.omit(siteDirectives, ['text', 'file']),
  },
  /** Takes up own directives that changed on the server; answers the sites whose are refused. */
  'directives.check': {
    isLook: true,
    input: nothing,
    output: v.strictObject({ refused: v.array(v.strictObject({ domain, problem: v.string() })) }),
    throws: ['command_failed', 'directives_refused', 'nginx_check_failed', 'nginx_reload_failed'],
  },
  /**
   * Restarts what runs replaced programs, libraries or PHP settings and loses no request by it. Answers the users of
   * such apps, and the units that wait for somebody. `busy`: the package manager is at work, and nothing was looked at.
   */
  'upgrades.take': {
    input: nothing,
    output: v.strictObject({
      busy: v.boolean(),
      restarted: v.array(v.string()),
      apps: v.array(v.string()),
      waiting: v.array(v.string()),
    }),
    throws: ['command_failed'],
  },
  /** Deletes trash older than 30 days. */
  'trash.prune': {
    input: nothing,
    output: v.strictObject({ removed: v.array(v.string()) }),
    throws: ['command_failed'],
  },
} as const

export type Operations = typeof operations
type Operation = keyof Operations
/** Input of an operation, once validated. */
export type Parsed<O extends Operation> = rpc.Parsed<Operations, O>
export type Output<O extends Operation> = rpc.Output<Operations, O>

/** The agent, as the panel uses it. */
export type Agent = rpc.Client<Operations>
