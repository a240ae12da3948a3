import { existsSync } from 'node:fs'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { phpVersion } from '../../model/sites/schema.ts'
import { installedVersions } from '../php-fpm/index.ts'
import { release } from '../systemd/index.ts'
import { adminerMaster } from './names.ts'

/** Throws `tool_missing` where there is no Adminer, or no PHP to run it. */
export async function requireAdminer(): Promise<void> {
  if (existsSync(paths.adminer) && (await installedVersions()).length > 0) return
  throw new PanelError(
    'tool_missing',
    503,
    'Adminer, or a PHP to run it, is not installed on this server; run the installer again',
  )
}

/** Lets Adminer's PHP master end; its socket starts it again at the next request. */
export const sleepAdminer = (): Promise<void> => release([adminerMaster(phpVersion.options[0]).serviceUnit])
