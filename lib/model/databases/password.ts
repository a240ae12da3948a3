import { createHash, randomBytes } from 'node:crypto'

/** A password of 160 random bits, of letters and digits alone: it needs no quoting in any file or URL. */
export const newDatabasePassword = (): string => randomBytes(20).toString('base64url').replaceAll(/[-_]/g, 'x')

/** mysql_native_password: SHA-1 twice (MariaDB, PASSWORD()). */
export const passwordHash = (password: string): string =>
  `*${createHash('sha1').update(createHash('sha1').update(password).digest()).digest('hex').toUpperCase()}`
