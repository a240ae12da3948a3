import { text } from 'node:stream/consumers'
import { openInstalledContext } from '../../lib/panel/open-context.ts'
import { rootToken } from '../../lib/panel/tokens/tokens.ts'

/** Run by the installer: reads the token of this server's root, and prints the one that counts from now on. */
console.log(rootToken(await openInstalledContext(), (await text(process.stdin)).trim()))
