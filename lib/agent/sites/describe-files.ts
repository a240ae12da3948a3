import type { Facts } from '../../drivers/facts.ts'
import { passwordFile, passwordFilesOf, renderPasswords } from '../../drivers/nginx/access.conf.ts'
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

/** Users of its protected paths, whom only nginx may know; files of paths that are protected no more go. */
export function describePasswords(
  spec: Pick<SiteSpec, 'domain' | 'basicAuth'>,
  { passwordFiles }: Pick<Facts, 'passwordFiles'>,
): Resource[] {
  const access = { owner: 'root', group: WEB_USER, mode: 0o640 }
  const wanted = new Map(spec.basicAuth.map((area) => [passwordFile(spec, area.path), renderPasswords(area)]))
  const left = passwordFilesOf(spec, passwordFiles).filter((name) => !wanted.has(name))
  return [
    ...[...wanted].map(([name, content]): Resource => ({
      kind: 'file',
      name,
      state: { ...access, content },
      secret: true,
    })),
    ...left.map((name): Resource => ({ kind: 'file', name, state: null, secret: true })),
  ]
}
