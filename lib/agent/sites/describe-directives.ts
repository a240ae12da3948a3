import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Access, Resource } from '../resources/resource.ts'

const rootFile: Access = { owner: 'root', group: 'root', mode: 0o644 }

/** Its own directives. The panel's word stands last in them: nginx tells lines as people have written them. */
export function describeDirectives({ domain, directives }: SiteSpec): Resource {
  const content = `${directives.trimEnd()}\n# Written by the hosting panel, which puts changes here back.\n`
  const state = directives === '' ? null : { ...rootFile, content }
  return { kind: 'file', name: siteNames(domain).directives, state }
}
