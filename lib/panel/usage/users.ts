import type { Context } from '../http/context.ts'
import { storedByOwner, storedOf, type Amount, type Stored } from '../store/usage.ts'
import type { User } from '../store/users.ts'
import { MIB } from './limits.ts'
import { uploadedFor } from './uploading.ts'

/** Disk that a user has, as last measured, with uploads that run right now (bytes). */
export type Share = Stored & { uploads: number }

export const bytesOf = ({ sites, databases, dumps, uploads }: Share): number => sites + databases + dumps + uploads

/** Reads what each owner has. */
export const sharesOf = (ctx: Context): Map<string, Share> =>
  new Map([...storedByOwner(ctx.db)].map(([owner, stored]) => [owner, withUploads(owner, stored)]))

export const shareOf = (ctx: Context, username: string): Share => withUploads(username, storedOf(ctx.db, username))

const withUploads = (owner: string, stored: Stored): Share => ({ ...stored, uploads: uploadedFor().get(owner) ?? 0 })

/** Limits of a user; Infinity: none. */
export const mostOf = ({ limits: { diskMb, files } }: Pick<User, 'limits'>): Amount => ({
  bytes: diskMb === null ? Infinity : diskMb * MIB,
  files: files ?? Infinity,
})
