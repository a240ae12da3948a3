import type { CertificateRow } from '../store/certificates.ts'
import type { RenameNote } from '../../model/sites/rename.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { covers } from '../../model/wildcard.ts'

/** Settings that are the names themselves, or hold no text of people's. */
const ignored: readonly (keyof SiteSpec)[] = ['domain', 'aliases', 'redirectAliases', 'certificate', 'basicAuth']

/** Tells what somebody has to look at once a site has another domain. Pure. */
export function notesOf(before: SiteSpec, after: SiteSpec, source: CertificateRow['source'] | null): RenameNote[] {
  const { domain: from } = before
  const naming = (Object.keys(after) as (keyof SiteSpec)[]).filter(
    (field) => !ignored.includes(field) && JSON.stringify(after[field]).includes(from),
  )
  return [
    ...certificateNote(after, source),
    ...(after.cache.redis
      ? [{ name: 'cache.redis', note: `The user and the prefix of keys become ${siteNames(after.domain).user}` }]
      : []),
    ...naming.map((name) => ({ name, note: `Names ${from}. Change it where the new domain is meant` })),
    {
      name: 'files',
      note:
        `The folder becomes ${siteNames(after.domain).home}. Programs that keep it, or their address, in files or ` +
        'in a database have to be told',
    },
  ]
}

function certificateNote({ domain, certificate }: SiteSpec, source: CertificateRow['source'] | null): RenameNote[] {
  if (!certificate || covers(certificate.names, domain)) return []
  const next = source === 'acme' ? 'The panel asks for one that does' : 'Upload one that does'
  return [{ name: 'certificate', note: `It does not cover ${domain}, which answers by http until then. ${next}` }]
}
