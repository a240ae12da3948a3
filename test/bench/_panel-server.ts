import { toNodeHandler } from 'h3'
import { listen } from 'listhen'
import { connectAgent } from '../../lib/agent/client.ts'
import { createApp } from '../../lib/app.ts'
import { manifest } from '../../lib/function/manifest.ts'
import { openContext } from '../../lib/function/open-context.ts'

/** The panel's own app, whose callers each have an address of their own: the limits of one are not what is measured. */
const ctx = await openContext(process.env.DATABASE!, connectAgent('/nowhere'))
let asked = 0
const app = createApp(ctx, manifest, () => `192.0.2.${asked++ % 250}`, { network: Infinity, identity: Infinity, stranger: Infinity })
await listen(toNodeHandler(app), { port: Number(process.env.PORT), hostname: '127.0.0.1', isProd: true, showURL: false, autoClose: false })
console.log('ready')
