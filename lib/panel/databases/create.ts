import type { Identity } from '../../model/auth/identity.ts'
import { newDatabasePassword, passwordHash } from '../../model/databases/password.ts'
import type { DatabaseDetails, NewDatabase } from '../../model/databases/schema.ts'
import { invalidInput, PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { Context } from '../http/context.ts'
import { newOwner } from '../sites/owner.ts'
import { getSite } from '../sites/read.ts'
import { beginDatabase, giveDatabase, refuseTakenName, type KeptSpec } from '../store/databases.ts'
import { findUser } from '../store/users.ts'
import { refuseFullDisk } from '../usage/room.ts'
import { finishChange, planDatabase } from './change.ts'
import { getDatabase, getRow, withPassword } from './read.ts'

/** Shows what creating a database would change. Throws the refusals of creating it. */
export async function planNewDatabase(ctx: Context, input: NewDatabase, identity: Identity): Promise<Change[]> {
  await belongingOf(ctx, input, identity)
  refuseTakenName(ctx.db, input.name)
  return planDatabase(ctx, newSpec(input, null, ''), null)
}

/**
 * Creates a database, and its first user when one is named, whose password is in the answer and nowhere else. Throws
 * `database_exists`, `username_taken`, `limit_reached`, `site_not_found` and the agent's refusals.
 */
export async function createDatabase(ctx: Context, input: NewDatabase, identity: Identity): Promise<DatabaseDetails> {
  const { site, owner, whose } = await belongingOf(ctx, input, identity)
  const now = new Date().toISOString()
  const password = input.user === undefined ? null : newDatabasePassword()
  const most = whose === null ? null : (findUser(ctx.db, whose)?.limits.databases ?? null)
  beginDatabase(ctx.db, { spec: newSpec(input, password, now), site, owner, now }, whose, most)
  await finishChange(ctx, getRow(ctx, input.name))
  const made = await getDatabase(ctx, input.name)
  return { ...made, users: made.users.map((user) => (password ? withPassword(user, password) : user)) }
}

const newSpec = ({ name, charset, user }: NewDatabase, password: string | null, createdAt: string): KeptSpec => ({
  name,
  charset,
  full: false,
  users: user === undefined ? [] : [{ username: user, grant: 'all', hash: passwordHash(password ?? ''), createdAt }],
})

/** The site a database is for, and who will have it: somebody who has room, unless they have it already. */
async function belongingOf(
  ctx: Context,
  { site, owner: wanted }: NewDatabase,
  identity: Identity,
  had: string | null = null,
) {
  if (identity.site && identity.site !== site)
    throw new PanelError(
      'not_allowed',
      403,
      `This token is for the site ${identity.site} alone; name it as the database's site`,
    )
  if (site === null) {
    const owner = newOwner(ctx, identity, wanted)
    if (owner !== had) await refuseFullDisk(ctx, owner)
    return { site, owner, whose: owner }
  }
  if (wanted !== undefined) throw invalidInput('owner', 'A site’s databases belong to the site’s owner')
  const { owner: whose } = getSite(ctx, site, identity)
  if (whose !== had) await refuseFullDisk(ctx, whose)
  return { site, owner: null, whose }
}

/**
 * Gives a database to another site or person; one that is taken from its site stays with whoever had it. Throws
 * `site_not_found`, `user_not_found`, `not_allowed`.
 */
export async function moveDatabase(
  ctx: Context,
  name: string,
  { site, owner }: { site?: string | null | undefined; owner?: string | null | undefined },
  identity: Identity,
): Promise<DatabaseDetails> {
  const row = getRow(ctx, name)
  const next = await belongingOf(
    ctx,
    { name, charset: 'utf8mb4', site: site === undefined ? row.site : site, ...(owner !== undefined && { owner }) },
    identity,
    row.owner,
  )
  giveDatabase(ctx.db, name, next.site, owner === undefined ? row.owner : next.owner)
  return getDatabase(ctx, name)
}
