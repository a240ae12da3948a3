import { createServer } from 'node:http'
import { H3, toNodeHandler } from 'h3'

/** A bare h3 route on node:http, with the answer of GET /api/session and nothing behind it. */
const app = new H3().get('/api/session', () => ({
  username: 'admin',
  role: 'admin',
  expiresAt: '2026-11-30T00:00:00.000Z',
}))
await new Promise<void>((resolve) =>
  createServer(toNodeHandler(app)).listen(Number(process.env.PORT), '127.0.0.1', resolve),
)
console.log('ready')
