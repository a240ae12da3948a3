import { isWildcard } from '../../model/wildcard.ts'
import { escaped, word } from './words.ts'

/**
 * Names of a server block. A wildcard stands for one label, as in a certificate; nginx's own would stand for any
 * number, and visitors of deeper names would be sent to https without a certificate. Names in full go before.
 */
export const serverNames = (names: readonly string[]): string =>
  names.map((name) => (isWildcard(name) ? word(`~^[a-z0-9_-]+${escaped(name.slice(1))}$`) : name)).join(' ')
