import { createServer } from 'node:http'
import { toNodeHandler } from 'h3'
import { connectAgent } from '../../lib/panel/clients/agent.ts'
import { createApp } from '../../lib/panel/app.ts'
import { manifest } from '../../functions/manifest.ts'
import { openContext } from '../../lib/panel/open-context.ts'

/** The panel's own app, whose callers each have an address of their own: the limits of one are not what is measured. */
const ctx = await openContext(process.env.DATABASE!, connectAgent('/nowhere'))
let asked = 0
const app = createApp(ctx, manifest, () => `192.0.2.${asked++ % 250}`, { identity: Infinity, stranger: Infinity })
await new Promise<void>((resolve) =>
  createServer(toNodeHandler(app)).listen(Number(process.env.PORT), '127.0.0.1', resolve),
)
console.log('ready')
