import { domainOf } from '../drivers/accounts/index.ts'
import { siteNames, siteUser } from '../sites/names.ts'
import { usesOf, type Amount } from '../system/disk-use.ts'
import { passwdEntries, passwdEntry } from '../system/identities.ts'
import { bytesWritten } from '../system/usage.ts'
import type { Output } from './protocol.ts'

/**
 * Directories outside of sites' homes that every user may write. This process has a /tmp of its own, so they are looked
 * up where process 1 sees them; only root may.
 */
const writable = ['tmp', 'var/tmp', 'var/lib/php/sessions'].map((name) => `/proc/1/root/${name}`)
const asRoot = [] as const

/** What sites use of the disk, in the order asked: their folders, and what their users left where everybody may write. */
export async function measure(domains: readonly string[]): Promise<Amount[]> {
  const [homes, elsewhere] =
    await Promise.all([usesOf(domains.map((domain) => siteNames(domain).home)), usesOf(writable, asRoot)])
  return domains.map((domain) => {
    const uid = Number(passwdEntry(siteUser(domain))?.[2] ?? -1)
    const own = [...homes.get(siteNames(domain).home)!.values()]
    return sum([...own, ...[...elsewhere.values()].flatMap((users) => users.get(uid) ?? [])])
  })
}

const sum = (amounts: readonly Amount[]): Amount => ({
  bytes: amounts.reduce((total, { bytes }) => total + bytes, 0),
  files: amounts.reduce((total, { files }) => total + files, 0),
})

/** What the processes of each site have written to the disk since they began. */
export function writers(): Output<'sites.writers'> {
  const written = bytesWritten()
  return {
    sites: passwdEntries().flatMap(([, , uid, , comment = '']) => {
      const domain = domainOf(comment)
      return domain === null ? [] : [{ domain, bytesWritten: written.get(Number(uid)) ?? 0 }]
    }),
  }
}
