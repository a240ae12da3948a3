import { newSetupToken } from '../lib/panel/auth/setup.ts'
import { hookContext } from './_context.ts'

/** Run by the installer: prints a new one-time setup token; ends with 3 when an administrator exists. */
const token = await newSetupToken(await hookContext())
if (token) console.log(token)
else process.exitCode = 3
