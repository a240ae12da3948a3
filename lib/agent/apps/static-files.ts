import { asSite, listNames, make, shareFolders, shut, unshareFolders } from '../../drivers/pm2/commands.ts'
import { waysTo, type AppStatic } from '../../model/apps/static.ts'
import { PanelError } from '../../model/errors.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { attempt } from '../../system/run.ts'

/** Longest change of rights of a folder and all that is in it (s). */
const TIMEOUT_S = 600

/**
 * Grants nginx read access to the static folders, and revokes it for those only in `before`. Runs as the site's user,
 * who owns them. Throws `static_failed`.
 */
export async function shareStatic(spec: SiteSpec, before: AppStatic = []): Promise<void> {
  const { user, app, appEnvironment } = siteNames(spec.domain)
  const folders = (spec.app?.static ?? []).map(({ directory }) => directory)
  const run = (command: readonly string[]) =>
    attempt(asSite(user, appEnvironment, app, command), { timeout: TIMEOUT_S })
  const must = async (command: readonly string[]) => {
    const { code, stderr } = await run(command)
    if (code !== 0) throw failed(stderr)
  }
  // A folder that is gone has nothing to revoke.
  for (const command of unshareFolders(
    before.map(({ directory }) => directory).filter((folder) => !folders.includes(folder)),
  ))
    await run(command)
  if (folders.length === 0) {
    if (before.length > 0) await run(shut(['.']))
    return
  }
  await must(make(folders))
  for (const way of new Set(folders.flatMap(waysTo))) {
    const names = (await run(listNames(way))).stdout.split('\n').filter(Boolean)
    // A name with a line break is none of these: nobody but its owner could have made it.
    await run(shut(names.map((name) => `${way}/${name}`)))
  }
  for (const command of shareFolders(folders)) await must(command)
}

const failed = (said: string): PanelError =>
  new PanelError(
    'static_failed',
    422,
    `nginx cannot read the static folders: ${said.trim().split('\n')[0]}. Correct the folder or the setting`,
  )
