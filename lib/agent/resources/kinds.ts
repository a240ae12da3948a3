import { account } from './account.ts'
import { database } from './database.ts'
import { directory } from './directory.ts'
import { file } from './file.ts'
import { firewall } from './firewall.ts'
import { keys } from './keys.ts'
import { link } from './link.ts'
import { log } from './log.ts'
import { login } from './login.ts'
import { move } from './move.ts'
import type { Kind, KindName, States } from './resource.ts'
import { tree } from './tree.ts'
import { unit } from './unit.ts'
import { username } from './username.ts'

const kinds: { [K in KindName]: Kind<States[K]> } = {
  account,
  database,
  directory,
  file,
  firewall,
  keys,
  link,
  log,
  login,
  move,
  tree,
  unit,
  username,
}

/** The handler of a kind. One cast, here, keeps every caller free of them. */
export const kindOf = (name: KindName): Kind<unknown> => kinds[name] as Kind<unknown>
