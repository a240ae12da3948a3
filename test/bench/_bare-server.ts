import { H3, toNodeHandler } from 'h3'
import { listen } from 'listhen'

/** A bare h3 route on listhen, with the answer of GET /api/session and nothing behind it. */
const app = new H3().get('/api/session', () => ({ username: 'admin', role: 'admin', expiresAt: '2026-11-30T00:00:00.000Z' }))
await listen(toNodeHandler(app), { port: Number(process.env.PORT), hostname: '127.0.0.1', isProd: true, showURL: false, autoClose: false })
console.log('ready')
