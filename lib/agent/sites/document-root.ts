import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { privateFolders } from '../../model/sites/document-root.ts'
import { siteNames } from '../../model/sites/names.ts'
import { inspect } from '../../system/files.ts'
import { lookInside, type Found, type Look } from '../../system/look-inside.ts'

const reasons: Record<Exclude<Found, 'directory'>, string> = {
  missing: 'is not there. Upload it first, or name a folder that is there',
  file: 'is not a folder. Name a folder',
  foreign: 'is a link to files of another user. Link to the site’s own files',
  outside: 'leads out of the site. Link to a folder of the site',
}

/** Says why nginx cannot serve a folder of a site; null: it can, or the panel makes it. */
export async function checkDocumentRoot({
  domain,
  documentRoot,
}: Parsed<'sites.checkRoot'>): Promise<Output<'sites.checkRoot'>> {
  const { home } = siteNames(domain)
  if (!(await inspect(home))?.isDirectory()) return { problem: null }
  const names = documentRoot.split('/')
  if ((await inspect(`${home}/${names[0]}`))?.isSymbolicLink())
    return { problem: `${names[0]} is a link in the site’s home. Name the folder that it leads to` }
  return { problem: problemOf(lookInside(home, names), home, names) }
}

function problemOf({ found, depth, path }: Look, home: string, names: readonly string[]): string | null {
  // The folder in the home is the panel's to make, with all that is in it.
  if (found === 'missing' && depth === 0) return null
  const where = names.slice(0, depth + 1).join('/')
  if (found !== 'directory') return `${where} ${reasons[found]}`
  const [folder] = path.slice(home.length + 1).split('/')
  return privateFolders.includes(folder!) ? `${where} leads to a private folder of the site; name another` : null
}
