import type { Context } from '../function/context.ts'
import { uploadedFor } from '../function/uploading.ts'
import { listDatabases } from '../store/databases.ts'
import { listDumps } from '../store/dumps.ts'
import { listSites } from '../store/sites.ts'
import { databaseUsage, listUsage, type Amount } from '../store/usage.ts'
import type { User } from '../store/users.ts'
import { MIB } from './limits.ts'

/** What people have on the disk (bytes), by what it is, and the number of their sites' files. */
export interface Share {
  sites: number
  databases: number
  /** Dumps that are kept for them. */
  dumps: number
  /** What they are sending right now. */
  uploads: number
  files: number
}

export const bytesOf = ({ sites, databases, dumps, uploads }: Share): number => sites + databases + dumps + uploads

/** What everybody has who owns something, as last measured. */
export function sharesOf(ctx: Context): Map<string, Share> {
  const shares = new Map<string, Share>()
  const add = (owner: string | null, part: Partial<Share>) => {
    if (owner === null) return
    const share = shareIn(shares, owner)
    for (const [key, amount] of Object.entries(part)) share[key as keyof Share] += amount
  }
  const [files, databases] = [new Map(listUsage(ctx.db).map((row) => [row.domain, row])), databaseUsage(ctx.db)]
  for (const { spec, owner } of listSites(ctx.db)) {
    const used = files.get(spec.domain)
    if (used) add(owner, { sites: used.bytes, files: used.files })
  }
  for (const { spec, owner } of listDatabases(ctx.db)) add(owner, { databases: databases.get(spec.name) ?? 0 })
  for (const { owner, bytes } of listDumps(ctx.db)) add(owner, { dumps: bytes })
  for (const [owner, bytes] of uploadedFor()) add(owner, { uploads: bytes })
  return shares
}

export const shareOf = (ctx: Context, username: string): Share => shareIn(sharesOf(ctx), username)

function shareIn(shares: Map<string, Share>, owner: string): Share {
  const share = shares.get(owner) ?? { sites: 0, databases: 0, dumps: 0, uploads: 0, files: 0 }
  shares.set(owner, share)
  return share
}

/** What somebody may use; Infinity: as much as wanted. */
export const mostOf = ({ limits: { diskMb, files } }: Pick<User, 'limits'>): Amount =>
  ({ bytes: diskMb === null ? Infinity : diskMb * MIB, files: files ?? Infinity })
