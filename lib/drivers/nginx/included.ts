import { basename, dirname, join, resolve } from 'node:path'
import { paths } from '../../model/paths.ts'
import { listDirectory, readText } from '../../system/files.ts'

/** Files that nginx.conf includes may include others, so far. */
const DEEPEST = 3

/** The line that somebody took out of nginx.conf, and where it belongs. */
export const sitesLeftOut =
  `${paths.nginx}/nginx.conf does not include the sites, so none of them would answer. Put this line into its http ` +
  `block: include ${paths.nginx}/sites-enabled/*;`

/** Whether nginx.conf includes the enabled sites, itself or through a file that it includes. */
export async function includesSites(file = `${paths.nginx}/nginx.conf`, depth = DEEPEST): Promise<boolean> {
  const patterns = includesIn((await readText(file).catch(() => null)) ?? '')
  const isDirect = patterns.some((pattern) => dirname(pattern) === `${paths.nginx}/sites-enabled`)
  if (isDirect || depth === 0) return isDirect
  for (const name of (await Promise.all(patterns.map(matching))).flat())
    if (await includesSites(name, depth - 1)) return true
  return false
}

/** The patterns that a file includes, as nginx resolves them. Pure. */
export const includesIn = (text: string): string[] =>
  text
    .replaceAll(/#.*$/gm, '')
    .split(/[;{}]/)
    .flatMap((directive) => /^\s*include\s+["']?(.+?)["']?\s*$/.exec(directive)?.[1] ?? [])
    .map((pattern) => resolve(paths.nginx, pattern))

/** The files of a pattern, whose last part alone may have stars. */
async function matching(pattern: string): Promise<string[]> {
  const signs = basename(pattern).replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  const fits = new RegExp(`^${signs.replaceAll('*', '.*').replaceAll('?', '.')}$`)
  return (await listDirectory(dirname(pattern)))
    .filter((name) => fits.test(name))
    .map((name) => join(dirname(pattern), name))
}
