import { beginFirewall } from '../../lib/panel/firewall/firewall.ts'
import { openInstalledContext } from '../../lib/panel/open-context.ts'

/** Run by the installer: turns the firewall on at the first installation. */
const said = await beginFirewall(await openInstalledContext())
if (said) console.log(said)
