import { paths } from '../../model/paths.ts'
import { masterNames } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'

/** The Linux user Adminer runs as, made by the installer; it is in no group but its own. */
export const TOOL_USER = 'hosting-panel-adminer'

/** Where Adminer's PHP sessions are, and what it is sent. */
export const toolDirectories = { sessions: `${paths.toolData}/sessions`, tmp: `${paths.toolData}/tmp` } as const

/** Adminer's own PHP-FPM master. */
export const toolMaster = (version: PhpVersion) => masterNames(TOOL_USER, version)
