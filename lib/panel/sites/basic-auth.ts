import { invalidInput } from '../../model/errors.ts'
import type { BasicAuth, NewBasicAuth } from '../../model/sites/basic-auth.ts'
import { sha512Crypt } from './sha512-crypt.ts'

/**
 * Adds the hashes of passwords. A user without a password keeps the current one, of the same path or of another. Throws
 * `invalid_input` when there is none.
 */
export function withHashes(areas: NewBasicAuth, before: BasicAuth): BasicAuth {
  return areas.map(({ path, realm, users }, area) => ({
    path,
    realm,
    users: users.map(({ name, password }, user) => {
      const hash = password === undefined ? formerHash(before, path, name) : sha512Crypt(password)
      if (hash === null)
        throw invalidInput(`basicAuth.${area}.users.${user}.password`, `${name} is new; give the user a password`)
      return { name, hash }
    }),
  }))
}

function formerHash(before: BasicAuth, path: string, name: string): string | null {
  const same = before.filter((area) => area.path === path)
  const found = [...same, ...before].flatMap(({ users }) => users).find((user) => user.name === name)
  return found?.hash ?? null
}

/** Paths and names; the hashes stay here. */
export const withoutHashes = (areas: BasicAuth) =>
  areas.map(({ path, realm, users }) => ({ path, realm, users: users.map(({ name }) => name) }))
