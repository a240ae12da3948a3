import { addDump } from '../../../lib/panel/store/dumps.ts'
import { newDatabases, panelWithMariadb } from '../_mariadb.ts'
import { newUser, putSite } from '../_users.ts'

export const id = (digit: string) => digit.repeat(32)
const now = '2026-11-23T00:00:00.000Z'

/** The digits of each one's dumps: of the site's database, and of the one by itself. */
export const dumps = { ann: ['a', '1'], bob: ['b', '2'], our: ['c', '3'] } as const

/**
 * Ann and Bob each have a site and two databases, one for it and one by itself, and so have the administrators; and a
 * dump each.
 */
export async function withUsers() {
  const made = await panelWithMariadb()
  const { panel, ctx } = made
  const [ann, bob] = [await newUser(panel, 'ann'), await newUser(panel, 'bob')]
  for (const [name, owner] of [
    ['ann', 'ann'],
    ['bob', 'bob'],
    ['our', null],
  ] as const) {
    putSite(panel, `${name}.test`, owner)
    await newDatabases(
      panel,
      { name: `${name}_site`, site: `${name}.test`, user: `${name}_site` },
      { name: `${name}_own`, owner, user: `${name}_own` },
    )
    for (const site of [`${name}.test`, null]) {
      addDump(ctx.db, {
        id: id(dumps[name][site ? 0 : 1]),
        database: `${name}_${site ? 'site' : 'own'}`,
        reason: 'export',
        compression: 'zstd',
        bytes: 1,
        owner,
        site,
        createdAt: now,
        keptUntil: now,
      })
    }
  }
  made.mariadb.reset()
  return { ...made, ann, bob }
}

export const names = ({ body }: { body: { name: string }[] }) => body.map(({ name }) => name)

export const sql = { body: 'SELECT 1', headers: { 'content-type': 'application/sql' } }
