import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { paths } from '../../model/paths.ts'

/** Files that nginx.conf includes may include others, so far. */
const DEEPEST = 3

/** The line that somebody took out of nginx.conf, and where it belongs. */
export const sitesLeftOut =
  `${paths.nginx}/nginx.conf does not include the sites, so none of them would answer. Put this line into its http ` +
  `block: include ${paths.nginx}/sites-enabled/*;`

/** Whether nginx.conf includes the enabled sites, itself or through a file that it includes. */
export function includesSites(file = `${paths.nginx}/nginx.conf`, depth = DEEPEST): boolean {
  const patterns = includesIn(read(file))
  const isDirect = patterns.some((pattern) => pattern.startsWith(`${paths.nginx}/sites-enabled/`))
  if (isDirect || depth === 0) return isDirect
  return patterns.some((pattern) => globSync(pattern).some((name) => includesSites(name, depth - 1)))
}

/** The patterns that a file includes, as nginx resolves them. Pure. */
export const includesIn = (text: string): string[] =>
  [...text.matchAll(/^(?:[^#\n]*[{;])?\s*include\s+(?:"([^"]+)"|'([^']+)'|([^\s;]+))\s*;/gm)].map(
    ([, double, single, plain]) => resolve(paths.nginx, (double ?? single ?? plain)!),
  )

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
