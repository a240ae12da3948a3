import { realpath } from 'node:fs/promises'
import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { runsAs, siteFolder, WEB_USER } from '../../model/sites/names.ts'
import { findProblems, repairProblems, type SiteFolder } from '../../system/file-problems.ts'
import { inspect } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { keepAlive, runExclusive } from '../converge/queues.ts'
import type { Delta } from '../resources/resource.ts'

type Target = Parsed<'files.repair'>

/** nginx reads the document root of a site, which may be a link, and of an app the folders of static files. */
async function folderOf({ spec }: Target): Promise<SiteFolder> {
  const user = runsAs(spec)
  const root = siteFolder(spec)
  const served = spec.app
    ? spec.app.static.map(({ directory }) => directory)
    : [spec.documentRoot.split('/').slice(1).join('/')]
  const real = await Promise.all(served.map((path) => realpath(`${root}/${path}`).catch(() => root)))
  const linked = real.filter((path) => path.startsWith(`${root}/`)).map((path) => path.slice(root.length + 1))
  return {
    root,
    uid: passwd.uid(user),
    gid: passwd.gid(user),
    web: passwd.gid(WEB_USER),
    served: [...new Set([...served, ...linked])],
    php: spec.runtime === 'php',
  }
}

/** Looks for files of a site that visitors or its code do not reach. */
export const lookAtFiles = async (target: Target): Promise<Output<'files.problems'>> =>
  findProblems(await folderOf(target))

interface Repair {
  end: AbortController
  work: Promise<Output<'files.repair'>>
}

/** Repairs under way, by their sites. */
const repairs = new Map<string, Repair>()

/**
 * Repairs them. Other sites change meanwhile; a change of this one's own folders ends the repair. Throws `site_busy`
 * then, and when the site's folder is not its user's.
 */
export const repairFiles = (target: Target): Promise<Output<'files.repair'>> =>
  keepAlive(async () => (await runExclusive(() => begin(target))).work)

async function begin(target: Target): Promise<Repair> {
  const { domain } = target.spec
  const known = repairs.get(domain)
  if (known) return known
  const folder = await folderOf(target)
  await refuseForeign(folder)
  const end = new AbortController()
  const work = repairProblems(folder, end.signal)
    .catch((error: unknown) => {
      throw end.signal.aborted ? changedMeanwhile(domain) : error
    })
    .finally(() => repairs.delete(domain))
  const repair = { end, work }
  repairs.set(domain, repair)
  return repair
}

const changedMeanwhile = (domain: string): PanelError =>
  new PanelError('site_busy', 409, `${domain} was changed during its repair, which stopped. Repair it again`)

/** A folder that is not its user's is being given to another just now, or somebody changed it. */
async function refuseForeign({ root, uid }: SiteFolder): Promise<void> {
  const stats = await inspect(root)
  if (stats?.isDirectory() && stats.uid === uid) return
  throw new PanelError(
    'site_busy',
    409,
    `${root} is not the folder of the site’s user. Nothing was changed. Undo the changes by hand (drift), ` +
      'and try again',
  )
}

const isOfFolder = ({ kind }: Delta): boolean => ['account', 'directory', 'tree'].includes(kind)

/** Ends the repair of a site whose folders these deltas change, and waits until it has: its user may become another. */
export async function endRepair(domain: string, deltas: readonly Delta[]): Promise<void> {
  const repair = repairs.get(domain)
  if (!repair || !deltas.some(isOfFolder)) return
  repair.end.abort()
  await repair.work.catch(() => undefined)
}

/** Does so for all sites. */
export async function endRepairs(deltas: readonly Delta[]): Promise<void> {
  await Promise.all([...repairs.keys()].map((domain) => endRepair(domain, deltas)))
}
