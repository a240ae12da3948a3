import { beginFirewall } from '../lib/panel/firewall/firewall.ts'
import { hookContext } from './_context.ts'

/** Run by the installer: turns the firewall on at the first installation. */
const said = await beginFirewall(await hookContext())
if (said) console.log(said)
