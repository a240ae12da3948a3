import { basename, dirname } from 'node:path'
import { paths } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import { ensureDirectory, listDirectory, readText, removeFile, writeAtomically } from '../../system/files.ts'
import { removeTree } from '../../system/tree.ts'

type Files = ReadonlyMap<string, string>

const root = { uid: 0, gid: 0 }
const [keptDirectory, refusedDirectory] = [siteNames('x').keptAdditions, siteNames('x').refusedAdditions].map(dirname)

/** Reads the files of own directives in a folder, as nginx includes them. */
export async function readDirectives(directory: string): Promise<Files> {
  const names = (await listDirectory(directory)).filter((name) => /^[^.].*\.conf$/.test(name)).sort()
  const texts = await Promise.all(names.map((name) => readText(`${directory}/${name}`)))
  return new Map(names.map((name, index) => [name, texts[index] ?? '']))
}

const same = (a: Files, b: Files): boolean => a.size === b.size && [...a].every(([name, text]) => b.get(name) === text)

const isKept = async (domain: string): Promise<boolean> => {
  const { additions, keptAdditions } = siteNames(domain)
  return same(await readDirectives(additions), await readDirectives(keptAdditions))
}

/** Which directives a site's vhost includes; null: the site has no vhost. */
async function included(domain: string): Promise<'own' | 'kept' | null> {
  const { vhost, keptAdditions } = siteNames(domain)
  const text = await readText(vhost)
  return text === null ? null : text.includes(`include ${keptAdditions}/*.conf;`) ? 'kept' : 'own'
}

/** The sites whose own directives differ from the last that nginx took. */
export async function changedSites(): Promise<string[]> {
  const kept = new Set(await listDirectory(keptDirectory!))
  const changed: string[] = []
  for (const domain of await listDirectory(paths.nginxAdditions)) {
    if (domain.startsWith('.')) continue
    const isEmpty = !kept.has(domain) && (await listDirectory(siteNames(domain).additions)).length === 0
    if (!isEmpty && !(await isKept(domain)) && (await included(domain)) !== null) changed.push(domain)
  }
  return changed
}

/**
 * The sites whose vhosts include the kept copies, and those whose directives are noted as refused: a kill may leave one
 * without the other. Drops notes of sites that are gone.
 */
export async function sitesSetAside(): Promise<string[]> {
  const refused = await refusedSites()
  const found: string[] = []
  for (const domain of new Set([...(await listDirectory(keptDirectory!)), ...refused.keys()])) {
    const which = await included(domain)
    if (which === null) await removeFile(siteNames(domain).refusedAdditions)
    else if (which === 'kept' || refused.has(domain)) found.push(domain)
  }
  return found
}

/** Keeps copies of the own directives of a site, if nginx has taken them, for a time when it refuses others. */
export async function keepDirectives(domain: string): Promise<void> {
  const { vhost, additions, keptAdditions, refusedAdditions } = siteNames(domain)
  if (!(await readText(vhost))?.includes(`include ${additions}/*.conf;`)) return
  await removeFile(refusedAdditions)
  if (await isKept(domain)) return
  const files = await readDirectives(additions)
  if (files.size === 0) return removeTree(keptAdditions)
  for (const directory of [keptDirectory!, keptAdditions]) await ensureDirectory(directory, { ...root, mode: 0o755 })
  // Old copies go last: a kill in between must not lose what nginx took.
  for (const [name, text] of files) await writeAtomically(`${keptAdditions}/${name}`, text, { ...root, mode: 0o644 })
  const old = (await listDirectory(keptAdditions)).filter((name) => !files.has(name))
  for (const name of old) await removeFile(`${keptAdditions}/${name}`)
}

/** The sites whose own directives nginx refuses, each with its complaint. */
export async function refusedSites(): Promise<Map<string, string>> {
  const domains = await listDirectory(refusedDirectory!)
  const problems = await Promise.all(domains.map((domain) => readText(`${refusedDirectory}/${domain}`)))
  return new Map(domains.map((domain, index) => [domain, problems[index] ?? '']))
}

/** Remembers why nginx refuses a site's own directives. */
export async function noteRefused(domain: string, problem: string): Promise<void> {
  await ensureDirectory(refusedDirectory!, { ...root, mode: 0o755 })
  await writeAtomically(siteNames(domain).refusedAdditions, problem, { ...root, mode: 0o644 })
}

/** Has a vhost include the site's own directives, or the kept ones. Answers whether that changed it. */
export async function useDirectives(domain: string, which: 'own' | 'kept'): Promise<boolean> {
  const { vhost, additions, keptAdditions } = siteNames(domain)
  const [from, to] = which === 'own' ? [keptAdditions, additions] : [additions, keptAdditions]
  const text = await readText(vhost)
  const next = text?.replaceAll(`include ${from}/*.conf;`, `include ${to}/*.conf;`)
  if (text === null || next === undefined || next === text) return false
  await writeAtomically(vhost, next, { ...root, mode: 0o644 })
  return true
}

const siteIn =
  (directory: string) =>
  (name: string): string | null =>
    dirname(name) === directory ? basename(name, '.conf') : null

/** The site whose vhost a file is; null for any other file. Pure. */
export const siteOfVhost = siteIn(dirname(siteNames('x').vhost))

/** The site that a link enables; null for any other link. Pure. */
export const siteOfVhostLink = siteIn(dirname(siteNames('x').vhostLink))
