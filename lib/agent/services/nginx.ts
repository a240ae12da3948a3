import { basename, dirname } from 'node:path'
import { keepDirectives, siteOfVhost, siteOfVhostLink } from '../../drivers/nginx/additions.ts'
import {
  beginLoad,
  checkAndReload,
  checkConfiguration,
  configurationProblem,
  stageGeneration,
  writeGeneration,
  writtenGeneration,
} from '../../drivers/nginx/index.ts'
import { joinGroups } from '../../drivers/accounts/index.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { SHARED_USER, siteNames, WEB_USER } from '../../model/sites/names.ts'
import { together } from './together.ts'
import type { Delta, FileState } from '../resources/resource.ts'
import type { Service } from './service.ts'

const isSetting = ({ name, kind }: Delta): boolean => name.startsWith(`${paths.nginx}/`) && kind !== 'tree'

/** nginx reads the files of sites as a member of their groups. Only workers that start afterwards are in a new one. */
const isGroup = ({ kind, after }: Delta): boolean =>
  kind === 'account' && after !== null && (after.members ?? []).includes(WEB_USER)

async function joinSites(deltas: readonly Delta[]): Promise<void> {
  const groups = deltas.filter(isGroup).map(({ name }) => name)
  if (groups.length > 0) await joinGroups(WEB_USER, [SHARED_USER, ...groups])
}

const certificateVersion = new RegExp(`(?<=${paths.certificates}/[^/]+/)[0-9a-f]{32}/`, 'g')
const withoutVersions = ({ content }: FileState): string => content.replaceAll(certificateVersion, '')

const onlySwitchesCertificate = (delta: Delta): boolean =>
  delta.kind === 'file' &&
  isSetting(delta) &&
  delta.before !== null &&
  delta.after !== null &&
  withoutVersions(delta.before) === withoutVersions(delta.after)

const isVhost = ({ kind, name }: Delta): boolean =>
  (kind === 'file' || kind === 'link') && (siteOfVhost(name) ?? siteOfVhostLink(name)) !== null

const isNew = ({ before, after }: Delta): boolean => before === null && after !== null

/** An empty folder for own directives. */
const isNewFolder = (delta: Delta): boolean => delta.kind === 'directory' && isNew(delta)

/**
 * nginx reads its whole configuration for each check, and again for each reload. Vhosts made of our templates, and
 * certificates that were read and matched when they were kept, are checked by the reload alone: it keeps the old
 * configuration if it finds anything, and the generation tells.
 */
export const isCheckedByReload = (delta: Delta): boolean =>
  isGroup(delta) || isVhost(delta) || isNewFolder(delta) || onlySwitchesCertificate(delta)

const isTrusted = (deltas: readonly Delta[]): boolean => deltas.every(isCheckedByReload)

/** The own directives that a change sets, by site. */
const directivesSet = (deltas: readonly Delta[]): Map<string, string> =>
  new Map(
    deltas.flatMap((delta) => {
      const domain = basename(dirname(delta.name))
      const isOne = delta.kind === 'file' && delta.name === siteNames(domain).directives
      return isOne ? [[domain, delta.after?.content ?? ''] as const] : []
    }),
  )

/** The sites whose vhosts or own directives a change wrote. */
const sitesOf = (deltas: readonly Delta[]): Set<string> =>
  new Set([
    ...directivesSet(deltas).keys(),
    ...deltas.flatMap(({ name, after }) => (after === null ? [] : (siteOfVhost(name) ?? []))),
  ])

/** The minutely look at directives keeps them then. */
const later =
  (domain: string) =>
  (error: unknown): void =>
    console.error(`Own directives of ${domain} are kept later:`, error)

/** Only what is to answer differently is worth waiting for: a site that goes is removed while nginx reloads. */
const mustAnswer = ({ after }: Delta): boolean => after !== null

const nothing = (): Promise<void> => Promise.resolve()

/** Waits for the load that the change under way has begun: one change is made at a time. */
let confirm = nothing

/** The generation from before the change under way, until that one is live. */
let former: string | null = null

async function loadStaged(deltas: readonly Delta[]): Promise<void> {
  confirm = nothing
  former = await writtenGeneration()
  await orChecked(deltas, async () => {
    confirm = await beginLoad(await stageGeneration())
  })
  if (deltas.some(mustAnswer)) await confirmLoad(deltas)
}

async function confirmLoad(deltas: readonly Delta[]): Promise<void> {
  const begun = confirm
  confirm = nothing
  await orChecked(deltas, begun)
  former = null
}

/** Where nginx has taken nothing of a change, and does not take its rollback either, it runs what is on the disk. */
async function restore(): Promise<void> {
  const running = former
  await checkAndReload().catch(async (error: unknown) => {
    if (running) await writeGeneration(running)
    throw error
  })
}

/** Checks all, which also replaces certificates that are missing, when a load without a check has failed. */
async function orChecked(deltas: readonly Delta[], work: () => Promise<void>): Promise<void> {
  await work().catch(async (error: unknown) => {
    if (!isTrusted(deltas)) throw error
    await checkAndReload()
  })
}

export const nginx: Service = {
  name: 'nginx',
  owns: (delta) => isSetting(delta) || isGroup(delta),
  // Leaves out a site before anything it points to is removed.
  turn: (delta) => (isSetting(delta) ? 'usual' : null),
  check: async (deltas) => {
    await together([joinSites(deltas), ...(isTrusted(deltas) ? [] : [checkConfiguration(directivesSet(deltas))])])
  },
  // A pool that is to answer has to listen by then. A new site is to answer once the whole change is made.
  after: (deltas) => (deltas.every(isNew) ? [] : ['PHP-FPM', 'PHP sockets']),
  load: loadStaged,
  finish: confirmLoad,
  // Not before the change is made: a rollback would leave copies of what it took back.
  release: async (deltas) => {
    for (const domain of sitesOf(deltas)) await keepDirectives(domain).catch(later(domain))
  },
  restore,
  explain: async (code) => {
    const already = code === 'nginx_check_failed' ? await configurationProblem() : null
    return already
      ? new PanelError(
          'nginx_already_broken',
          503,
          'nginx refused its configuration before this change already, so nothing was changed. Repair it by hand ' +
            `first: ${already}`,
        )
      : null
  },
}
