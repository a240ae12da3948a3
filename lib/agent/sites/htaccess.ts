import { readlinkSync } from 'node:fs'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { readHtaccess, type Htaccess } from '../../model/sites/htaccess.ts'
import { siteNames } from '../../model/sites/names.ts'
import { isWithin } from '../../model/sites/site-path.ts'
import { inspect } from '../../system/files.ts'
import { lookInside } from '../../system/look-inside.ts'
import { readStart } from '../../system/tree.ts'
import { itself, walk, type Entry } from '../../system/walk.ts'

/** So many files and folders are looked at: a program lies near the top, uploads lie deep. */
const MOST_ENTRIES = 50_000
const MOST_FILES = 100
const LONGEST = 64 * 1024

class Enough extends Error {}

/** Finds the .htaccess files below a site's document root. */
export async function findHtaccess({
  domain,
  documentRoot,
}: Parsed<'sites.htaccess'>): Promise<Output<'sites.htaccess'>> {
  const { home } = siteNames(domain)
  const files: Htaccess[] = []
  if (!(await inspect(home))?.isDirectory()) return { files, complete: true }
  const { found, path } = lookInside(home, documentRoot.split('/'))
  if (found !== 'directory') return { files, complete: true }
  let seen = 0
  const visit = (entries: readonly Entry[]): void => {
    for (const entry of entries.filter(isHtaccess)) {
      const folder = readlinkSync(itself(entry.directory)).slice(path.length) || '/'
      files.push(readHtaccess(folder, readStart(entry, LONGEST).toString()))
    }
    seen += entries.length
    if (seen > MOST_ENTRIES || files.length > MOST_FILES) throw new Enough()
  }
  // The walk begins at the home, which is root's: below it folders may be exchanged at any time.
  const complete = await walk(home, below(path, visit)).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Enough) return false
      throw error
    },
  )
  return { files, complete }
}

const isHtaccess = ({ name, stats }: Entry): boolean => name.toString() === '.htaccess' && stats.isFile()

/** Leaves out what lies elsewhere in the home. */
const below =
  (path: string, visit: (entries: readonly Entry[]) => void) =>
  (entries: readonly Entry[]): void => {
    const where = entries[0] && readlinkSync(itself(entries[0].directory))
    if (where !== undefined && isWithin(where, path)) visit(entries)
  }
