import { paths } from '../../model/paths.ts'
import { masterNames } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'

/** The Linux user Adminer runs as, made by the installer; it is in no group but its own. */
export const ADMINER_USER = 'hosting-panel-adminer'

/** Where Adminer's PHP sessions are, and what it is sent. */
export const adminerDirectories = {
  sessions: `${paths.adminerData}/sessions`,
  tmp: `${paths.adminerData}/tmp`,
} as const

/** Adminer's own PHP-FPM master. */
export const adminerMaster = (version: PhpVersion) => masterNames(ADMINER_USER, version)
