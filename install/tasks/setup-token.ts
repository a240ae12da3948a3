import { newSetupToken } from '../../lib/panel/auth/setup.ts'
import { openInstalledContext } from '../../lib/panel/open-context.ts'

/** Run by the installer: prints a new one-time setup token; ends with 3 when an administrator exists. */
const token = await newSetupToken(await openInstalledContext())
if (token) console.log(token)
else process.exitCode = 3
