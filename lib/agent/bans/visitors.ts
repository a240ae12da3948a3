import { isIP } from 'node:net'
import { bannedNow, listBans } from '../../drivers/fail2ban/index.ts'
import { hasNetwork, networksFile, renderBannedNetworks } from '../../drivers/nginx/bans.conf.ts'
import { visitorJails, type LiveBan } from '../../model/bans/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { Change } from '../../model/protocol/change.ts'
import { ensureDirectory, listDirectory, readText, removeFile, writeAtomically } from '../../system/files.ts'
import { converge } from '../converge/converge.ts'
import { diff, toChanges } from '../converge/diff.ts'
import type { Resource } from '../resources/resource.ts'

const root = { uid: 0, gid: 0 }
const jails: readonly string[] = Object.values(visitorJails).flat()

/** Place of the file by which nginx knows that a jail bans an address. */
const fileOf = (jail: string, address: string): string => `${paths.visitorBans}/${jail}/${address}`

/** Tells everybody who is banned. */
type Ask = typeof bannedNow

/** Files that are there now. */
async function present(): Promise<Set<string>> {
  const lists = jails.map(async (jail) =>
    (await listDirectory(`${paths.visitorBans}/${jail}`)).map((address) => fileOf(jail, address)),
  )
  return new Set((await Promise.all(lists)).flat())
}

/** Files that Fail2ban's bans should have; networks are in a file together. */
async function wanted(ask: Ask): Promise<Set<string>> {
  const bans = (await ask()).filter(({ jail, address }) => jails.includes(jail) && isIP(address))
  return new Set(bans.map(({ jail, address }) => fileOf(jail, address)))
}

/** Everybody who is banned, and why. Throws `fail2ban_missing`, `fail2ban_down`. */
export async function listLiveBans(ask = listBans): Promise<LiveBan[]> {
  const [bans, files, networks] = [await ask(), await present(), (await readText(networksFile)) ?? '']
  return bans.map((ban) => ({
    ...ban,
    behindProxies: files.has(fileOf(ban.jail, ban.address)) || hasNetwork(networks, ban),
  }))
}

async function differences(ask: Ask): Promise<Change[]> {
  const [should, are] = [await wanted(ask), await present()]
  const change = (action: 'create' | 'delete', name: string): Change => ({
    action,
    kind: 'file',
    name,
    summary: 'a ban of a visitor behind a proxy',
  })
  return [
    ...[...should].filter((name) => !are.has(name)).map((name) => change('create', name)),
    ...[...are].filter((name) => !should.has(name)).map((name) => change('delete', name)),
  ]
}

/** Finds bans that nginx does not hold, and files of no ban; twice, as Fail2ban may be about to write one. */
export async function visitorDrift(ask?: Ask): Promise<Change[]> {
  try {
    const first = await differences(ask ?? bannedNow)
    if (first.length === 0) return []
    const names = new Set(first.map(({ name }) => name))
    return (await differences(ask ?? bannedNow)).filter(({ name }) => names.has(name))
  } catch (error) {
    // Nobody tells who is banned, so those that are stay.
    if (!(error instanceof PanelError)) throw error
    return []
  }
}

/** Makes nginx hold Fail2ban's bans of addresses, and no others. */
export async function alignVisitors(ask?: Ask): Promise<Change[]> {
  const changes = await visitorDrift(ask)
  for (const { action, name } of changes) await (action === 'create' ? write(name) : removeFile(name))
  return changes
}

/** Describes the networks that nginx refuses: those that Fail2ban bans, or those of before while it does not tell. */
export async function describeBannedNetworks(ask?: Ask): Promise<Resource> {
  const content = await networksText(ask)
  return { kind: 'file', name: networksFile, state: { owner: 'root', group: 'root', mode: 0o644, content } }
}

async function networksText(ask?: Ask): Promise<string> {
  try {
    return renderBannedNetworks(await (ask ?? bannedNow)())
  } catch (error) {
    if (!(error instanceof PanelError)) throw error
    return (await readText(networksFile)) ?? renderBannedNetworks([])
  }
}

/** Makes nginx hold all bans of Fail2ban, and no others. */
export async function alignBans(): Promise<Change[]> {
  const changes = await alignVisitors()
  const deltas = await diff([await describeBannedNetworks()])
  await converge(deltas)
  return [...changes, ...(await toChanges(deltas, false))]
}

async function write(name: string): Promise<void> {
  const folders = [paths.visitorBans, name.slice(0, name.lastIndexOf('/'))]
  for (const folder of folders) await ensureDirectory(folder, { ...root, mode: 0o711 })
  await writeAtomically(name, '', { ...root, mode: 0o644 })
}
