import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { runsAs, siteFolder, WEB_USER } from '../../model/sites/names.ts'
import { findProblems, repairProblems, type SiteFolder } from '../../system/file-problems.ts'
import { inspect } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { runExclusive } from '../converge/queues.ts'

type Target = Parsed<'files.repair'>

/** nginx reads the folders of sites without an app. */
function folderOf({ spec }: Target): SiteFolder {
  const user = runsAs(spec)
  return {
    root: siteFolder(spec),
    uid: passwd.uid(user),
    gid: passwd.gid(user),
    web: spec.app ? null : passwd.gid(WEB_USER),
    php: spec.runtime === 'php',
  }
}

/** Looks for files of a site that visitors or its code do not reach. */
export const lookAtFiles = (target: Target): Promise<Output<'files.problems'>> => findProblems(folderOf(target))

/**
 * Repairs them. Throws `site_busy` when the site's folder is not its user's: it is being given to another just now, or
 * somebody changed it.
 */
export const repairFiles = (target: Target): Promise<Output<'files.repair'>> =>
  runExclusive(async () => {
    const folder = folderOf(target)
    const stats = await inspect(folder.root)
    if (!stats?.isDirectory() || stats.uid !== folder.uid) {
      throw new PanelError(
        'site_busy',
        409,
        `${folder.root} is not the folder of the site’s user. Nothing was changed. Undo the changes by hand (drift), ` +
          'and try again',
      )
    }
    return repairProblems(folder)
  })
