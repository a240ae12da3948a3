import { asSite, listNames, make, shareFolders, shut, unshareFolders, withoutAcl } from '../../drivers/pm2/commands.ts'
import { isWithin, waysTo, type AppStatic } from '../../model/apps/static.ts'
import { PanelError } from '../../model/errors.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { attempt, type Result } from '../../system/run.ts'

/** Longest change of rights of a folder and all that is in it (s). */
const TIMEOUT_S = 600

/**
 * Grants nginx read access to the static folders that it will serve, beside those of `before`, which it still serves.
 * Throws `static_failed`.
 */
export const openStatic = (spec: SiteSpec, before: AppStatic): Promise<void> =>
  share(asAppUser(spec), foldersOf(spec.app?.static), foldersOf(before))

/**
 * Grants nginx read access to the static folders, and revokes it for those only in `before`. Runs as the site's user,
 * who owns them. Throws `static_failed`.
 */
export async function shareStatic(spec: SiteSpec, before: AppStatic = []): Promise<void> {
  const folders = foldersOf(spec.app?.static)
  const run = asAppUser(spec)
  // A folder that is gone has nothing to revoke.
  for (const command of unshareFolders(foldersOf(before).filter((folder) => !folders.includes(folder))))
    await run(command)
  if (folders.length === 0 && before.length > 0) await run(withoutAcl('.'))
  await share(run, folders)
}

type Run = (command: readonly string[]) => Promise<Result>

const foldersOf = (list: AppStatic = []): string[] => list.map(({ directory }) => directory)

function asAppUser({ domain }: SiteSpec): Run {
  const { user, app, appEnvironment } = siteNames(domain)
  return (command) => attempt(asSite(user, appEnvironment, app, command), { timeout: TIMEOUT_S })
}

/** Shares folders and shuts all else beside the ways there, but for what is `kept` as it is. Throws `static_failed`. */
async function share(run: Run, folders: readonly string[], kept: readonly string[] = []): Promise<void> {
  const must = async (command: readonly string[]) => {
    const { code, stderr } = await run(command)
    if (code !== 0) throw failed(stderr)
  }
  if (folders.length === 0) return
  await must(make(folders))
  const ways = [...new Set(folders.flatMap(waysTo))].filter((way) => !isWithin(way, kept))
  for (const way of ways) {
    const names = (await run(listNames(way))).stdout.split('\n').filter(Boolean)
    // A name with a line break is none of these: nobody but its owner could have made it.
    const paths = names.map((name) => (way === '.' ? name : `${way}/${name}`))
    await run(shut(paths.filter((path) => !kept.some((one) => isWithin(one, [path]))).map((path) => `./${path}`)))
  }
  for (const command of shareFolders(folders, ways)) await must(command)
}

const failed = (said: string): PanelError =>
  new PanelError(
    'static_failed',
    422,
    `nginx cannot read the static folders: ${said.trim().split('\n')[0]}. Correct the folder or the setting`,
  )
