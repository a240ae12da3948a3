import { domainOf } from '../../drivers/accounts/index.ts'
import { readQuotas } from '../../drivers/quota/index.ts'
import { paths } from '../../model/paths.ts'
import type { Output } from '../../model/protocol/agent.ts'
import type { Amount } from '../../model/sites/amount.ts'
import { SHARED_USER, siteNames, siteUser } from '../../model/sites/names.ts'
import { listProcesses, type ProcessEntry } from '../../proc/processes.ts'
import { sliceOfProcess } from '../../system/cgroup.ts'
import { usesOf } from '../../system/disk-use.ts'
import { inspect, listDirectory } from '../../system/files.ts'
import { passwdEntries, passwdEntry } from '../../system/passwd.ts'
import { writtenBy } from '../../system/usage.ts'

/**
 * Directories outside of sites' homes that every user may write. This process has a /tmp of its own, so they are looked
 * up where process 1 sees them; only root may.
 */
const writable = ['tmp', 'var/tmp', 'var/lib/php/sessions'].map((name) => `/proc/1/root/${name}`)
const asRoot = [] as const

/**
 * Measures sites' use of the disk, in the order asked. Where the kernel counts what each user has on the sites' file
 * system it is asked, once for all; it knows files outside of their folders too.
 */
export async function measure(domains: readonly string[]): Promise<Amount[]> {
  const counted = await countedByKernel(domains)
  const others = domains.filter((domain) => !counted.has(domain))
  const walked = new Map((await walkSites(others)).map((amount, index) => [others[index]!, amount]))
  return domains.map((domain) => (counted.get(domain) ?? walked.get(domain))!)
}

/** Leaves out sites that share a user, and those on another file system. */
async function countedByKernel(domains: readonly string[]): Promise<Map<string, Amount>> {
  const counted = new Map<string, Amount>()
  const quotas = domains.length > 0 ? await readQuotas() : null
  if (!quotas) return counted
  const device = (await inspect(`${paths.websites}/.`))?.dev
  const shared = uidOf(SHARED_USER)
  for (const domain of domains) {
    const { home, user } = siteNames(domain)
    const [uid, folder] = [uidOf(user), await inspect(home)]
    if (uid === null || folder?.dev !== device || (await hasFolderOf(home, shared))) continue
    const { bytes, files: count } = quotas.users.get(uid) ?? { bytes: 0, files: 0 }
    counted.set(domain, { bytes, files: count })
  }
  return counted
}

/** Whether a folder in a site's home is this user's. */
async function hasFolderOf(home: string, uid: number | null): Promise<boolean> {
  const folders = await Promise.all((await listDirectory(home)).map((name) => inspect(`${home}/${name}`)))
  return folders.some((folder) => folder !== null && folder.uid === uid)
}

const uidOf = (user: string): number | null => Number(passwdEntry(user)?.[2]) || null

/** Walks sites’ folders, and what their users left where everybody may write. */
async function walkSites(domains: readonly string[]): Promise<Amount[]> {
  if (domains.length === 0) return []
  const [homes, elsewhere] = await Promise.all([
    usesOf(domains.map((domain) => siteNames(domain).home)),
    usesOf(writable, asRoot),
  ])
  return domains.map((domain) => {
    const uid = uidOf(siteUser(domain)) ?? -1
    const own = [...homes.get(siteNames(domain).home)!.values()]
    return sum([...own, ...[...elsewhere.values()].flatMap((users) => users.get(uid) ?? [])])
  })
}

const sum = (amounts: readonly Amount[]): Amount => ({
  bytes: amounts.reduce((total, { bytes }) => total + bytes, 0),
  files: amounts.reduce((total, { files }) => total + files, 0),
})

/**
 * Sums up what the processes of each site have written to the disk since they began. Shared sites have one user: their
 * processes are told apart by the slices they run in.
 */
export function writers(): Output<'sites.writers'> {
  const domains = passwdEntries().flatMap(([, , , , comment = '']) => domainOf(comment) ?? [])
  const byUser = new Map(domains.map((domain) => [uidOf(siteUser(domain)), domain]))
  const bySlice = new Map(domains.map((domain) => [siteNames(domain).slice, domain]))
  const shared = uidOf(SHARED_USER)
  const siteOf = ({ pid, uid }: ProcessEntry) =>
    uid === shared ? bySlice.get(sliceOfProcess(pid) ?? '') : byUser.get(uid)
  const written = new Map(domains.map((domain) => [domain, 0]))
  for (const entry of listProcesses()) {
    const domain = siteOf(entry)
    if (domain !== undefined) written.set(domain, written.get(domain)! + writtenBy(entry.pid))
  }
  return { sites: [...written].map(([domain, bytesWritten]) => ({ domain, bytesWritten })) }
}
