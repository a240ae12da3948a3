import { passwordFile, renderPasswords } from '../../drivers/nginx/access.conf.ts'
import { MOST_AREAS } from '../../model/sites/basic-auth.ts'
import { runsAs, SHARED_USER, siteNames, WEB_USER } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Resource } from '../resources/resource.ts'
import { placeholder } from './placeholder.ts'

/**
 * nginx's user is a member of the site's group: whatever way the site makes or moves files, their group is its own. No
 * set-group-id bit, as programs copy a folder's mode to new ones, and the site's processes may set no such bit.
 */
const publicAccess = (spec: SiteSpec) =>
  spec.isolation === 'own'
    ? { owner: runsAs(spec), group: runsAs(spec), mode: 0o750, contents: 'u=rwX,g=rX,o=' }
    : { owner: runsAs(spec), group: SHARED_USER, mode: 0o755, contents: 'u=rwX,go=rX' }

/**
 * The folder in the site's home that its files are in. A document root further down is the site's own to make; when the
 * folder is new, it is made with it, so that there is something to serve from.
 */
export function describeFiles(spec: SiteSpec): Resource[] {
  const [folder, ...deeper] = spec.documentRoot.split('/')
  const state = { ...publicAccess(spec), ...(deeper.length > 0 && { inside: deeper }) }
  const directory = { kind: 'directory', name: `${siteNames(spec.domain).home}/${folder}`, state } as const
  return deeper.length > 0 ? [directory] : [directory, placeholder(spec)]
}

/** Users of its protected paths, whom only nginx may know. */
export const describePasswords = (spec: Pick<SiteSpec, 'domain' | 'basicAuth'>): Resource[] =>
  Array.from({ length: MOST_AREAS }, (_, index): Resource => {
    const area = spec.basicAuth[index]
    const state = area && { owner: 'root', group: WEB_USER, mode: 0o640, content: renderPasswords(area) }
    return { kind: 'file', name: passwordFile(spec, index), state: state ?? null, secret: true }
  })
