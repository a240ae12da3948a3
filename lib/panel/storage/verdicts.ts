import type { Storage } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { listDatabases } from '../store/databases.ts'
import { listSites, type SiteRow } from '../store/sites.ts'
import { databaseUsage, listUsage, type Amount, type UsageRow } from '../store/usage.ts'
import { listUsers, type User } from '../store/users.ts'
import { greatestShare, limitOf, type Disk } from '../usage/limits.ts'
import { bytesOf, mostOf, sharesOf } from '../usage/users.ts'
import { judge, LET_GO } from './judge.ts'

/** Verdict on a site's use of the disk. */
export interface SiteVerdict {
  domain: string
  before: Storage
  storage: Storage
  /** Its files and its databases. */
  used: Amount
  most: Amount
  whenFull: Amount | null
  /** Its owner's use and limit, where the owner has one. */
  owner: OwnerVerdict | null
  /** The most that its files alone may use. */
  room: Amount
}

export interface OwnerVerdict {
  username: string
  used: Amount
  most: Amount
  isFull: boolean
}

export interface Verdicts {
  sites: SiteVerdict[]
  databases: { name: string; full: boolean }[]
}

/** Judges every site and every database by what they used when they were last measured. */
export async function findVerdicts(ctx: Context, disk: Disk): Promise<Verdicts> {
  const usage = new Map(listUsage(ctx.db).map((row) => [row.domain, row]))
  const rows = listSites(ctx.db).filter(({ spec }) => usage.has(spec.domain))
  const databases = measuredDatabases(ctx)
  const owners = ownersOf(ctx, rows)
  const judged = rows.map((row) =>
    judgeSite(row, usage.get(row.spec.domain)!, {
      disk,
      owner: owners.get(row.owner ?? '') ?? null,
      inDatabases: sum(databases.filter(({ site }) => site === row.spec.domain)),
    }),
  )
  const sites = await withoutLimits(ctx, rows, judged)
  const full = new Set(sites.filter(({ storage }) => storage !== 'ok').map(({ domain }) => domain))
  return {
    sites,
    databases: databases.map(({ name, site, owner }) => ({
      name,
      full: site === null ? (owners.get(owner ?? '')?.isFull ?? false) : full.has(site),
    })),
  }
}

interface Measured {
  name: string
  site: string | null
  owner: string | null
  bytes: number
}

function measuredDatabases(ctx: Context): Measured[] {
  const known = databaseUsage(ctx.db)
  return listDatabases(ctx.db).map(({ spec, site, owner }) => ({
    name: spec.name,
    site,
    owner,
    bytes: known.get(spec.name) ?? 0,
  }))
}

const sum = (all: readonly { bytes: number }[]): number => all.reduce((total, { bytes }) => total + bytes, 0)

/** The owners that have a limit, and what they use. */
function ownersOf(ctx: Context, rows: readonly SiteRow[]): Map<string, OwnerVerdict> {
  const shares = sharesOf(ctx)
  const held = new Set(rows.filter(({ spec }) => spec.storage !== 'ok').map(({ owner }) => owner))
  return new Map(
    listUsers(ctx.db)
      .filter(hasLimit)
      .map((user): [string, OwnerVerdict] => {
        const { username } = user
        const share = shares.get(username)
        const used = { bytes: share ? bytesOf(share) : 0, files: share?.files ?? 0 }
        const most = mostOf(user)
        return [
          username,
          { username, used, most, isFull: greatestShare(used, most) >= (held.has(username) ? LET_GO : 1) },
        ]
      }),
  )
}

const hasLimit = ({ limits }: User): boolean => limits.diskMb !== null || limits.files !== null

interface Around {
  disk: Disk
  owner: OwnerVerdict | null
  /** Bytes in the site's databases. */
  inDatabases: number
}

function judgeSite({ spec }: SiteRow, files: UsageRow, { disk, owner, inDatabases }: Around): SiteVerdict {
  const { domain, storage: before } = spec
  const { whenFull } = files
  const used = { bytes: files.bytes + inDatabases, files: files.files }
  const most = limitOf(spec, disk)
  const hasCode = spec.runtime === 'php' || spec.app !== null
  const storage = judge({ storage: before, used, most, whenFull, ownerIsFull: owner?.isFull ?? false, hasCode })
  return { domain, before, storage, used, most, whenFull, owner, room: roomOf(files, most, inDatabases, owner) }
}

/** Rest of the site's and its owner's limit, with the use of its files already. */
function roomOf(files: Amount, most: Amount, inDatabases: number, owner: OwnerVerdict | null): Amount {
  const left = (kind: keyof Amount) => (owner ? owner.most[kind] - owner.used[kind] : Infinity)
  return {
    bytes: Math.max(0, Math.min(most.bytes - inDatabases, files.bytes + left('bytes'))),
    files: Math.max(0, Math.min(most.files, files.files + left('files'))),
  }
}

/** Without systemd nothing keeps the files of one site's PHP from growing, so it ends. */
async function withoutLimits(ctx: Context, rows: readonly SiteRow[], judged: SiteVerdict[]): Promise<SiteVerdict[]> {
  const php = new Set(rows.filter(({ spec }) => spec.runtime === 'php').map(({ spec }) => spec.domain))
  const isUnlimited = ({ domain, storage }: SiteVerdict) => storage === 'full' && php.has(domain)
  if (!judged.some(isUnlimited) || (await ctx.agent.call('health', {})).systemd) return judged
  return judged.map((verdict) => (isUnlimited(verdict) ? { ...verdict, storage: 'over' } : verdict))
}
