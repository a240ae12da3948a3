import { createServer, request } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toNodeHandler } from 'h3'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../lib/panel/app.ts'
import { addressReader } from '../../lib/panel/auth/address.ts'
import { isRoot } from '../../lib/panel/auth/identify.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import { manifest } from '../../functions/manifest.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { rootToken } from '../../lib/panel/tokens/tokens.ts'
import { administrator, openPanel, type Panel } from './_harness.ts'

const secret = 'f'.repeat(64)
const proof = { 'x-hosting-panel-proxy': secret, 'x-real-ip': '203.0.113.9' }

let ctx: Context,
  panel: Panel,
  ask: (headers: Record<string, string>, path?: string, body?: unknown) => Promise<{ status: number; code?: string }>

/** The panel on its socket, with few calls allowed: a call that is counted shows. */
beforeEach(async () => {
  panel = await openPanel()
  await panel.signIn()
  ctx = panel.ctx
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  const socketPath = join(directory, 'panel.sock')
  const app = createApp(
    ctx,
    manifest,
    addressReader(secret, (event) => isRoot(ctx, event)),
    { identity: 5, stranger: 5 },
  )
  const server = createServer(toNodeHandler(app))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  onTestFinished(() => {
    server.close().closeAllConnections()
    rmSync(directory, { recursive: true })
  })
  ask = (headers, path = '/api/sites', body) =>
    new Promise((resolve, reject) => {
      const json = body === undefined ? {} : { 'content-type': 'application/json', origin: 'https://localhost:8080' }
      request(
        {
          socketPath,
          path,
          method: body === undefined ? 'GET' : 'POST',
          headers: { host: 'localhost:8080', ...json, ...headers },
        },
        (message) => {
          let text = ''
          message
            .setEncoding('utf8')
            .on('data', (part: string) => (text += part))
            .on('end', () =>
              resolve({ status: message.statusCode!, code: (JSON.parse(text || '{}') as { code?: string }).code }),
            )
        },
      )
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body))
    })
})

it('nobody but nginx and root is answered, and nobody is counted for it', async () => {
  for (let tries = 0; tries < 20; tries++) {
    expect(await ask({})).toEqual({ status: 403, code: 'not_proven' })
    expect(await ask({ ...proof, 'x-hosting-panel-proxy': '0'.repeat(64) })).toEqual({
      status: 403,
      code: 'not_proven',
    })
    expect(await ask({}, '/api/session', administrator)).toEqual({ status: 403, code: 'not_proven' })
  }
  expect(listAuditEntries(ctx.db, 10).filter(({ action, ok }) => action === 'session.create' && !ok)).toEqual([])
  expect((await ask(proof, '/api/session', administrator)).status, 'the right password is still taken').toBe(200)
})

it('root’s token is taken, and nobody else’s is without nginx', async () => {
  const own = (await panel.call('POST /api/tokens', { body: { name: 'mine', scopes: ['sites:read'] } })).body
    .secret as string
  expect(await ask({ authorization: `Bearer ${own}` })).toEqual({ status: 403, code: 'not_proven' })
  expect((await ask({ ...proof, authorization: `Bearer ${own}` })).status).toBe(200)
  expect((await ask({ authorization: `Bearer ${rootToken(ctx, '')}` })).status).toBe(200)
})

it('without a secret nobody is nginx', async () => {
  expect((await ask({ 'x-hosting-panel-proxy': '', 'x-real-ip': '203.0.113.9' })).status).toBe(403)
})
