import { readdirSync, readFileSync } from 'node:fs'
import { createServer, request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { toNodeHandler } from 'h3'
import { onTestFinished } from 'vitest'
import { newDatabases, panelWithMariadb, tokenFor } from '../_mariadb.ts'

/** A panel on a port of its own, as uploads reach it on a server. */
export async function withServer() {
  const made = await panelWithMariadb()
  const { panel, app, directories } = made
  await newDatabases(panel, { name: 'shop' })
  const received: Buffer[] = []
  made.mariadb.answers['databases.import'] = ({ from }) => {
    received.push(readFileSync(join(process.env.HOSTING_PANEL_UPLOADS!, from.id)))
    return { copyBytes: null, notes: [] }
  }
  made.mariadb.reset()
  const server = createServer(toNodeHandler(app)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { authorization } = await tokenFor(panel, ['databases:write', 'jobs:read'])
  /** Begins to send; the answer may come before all is sent. */
  const send = (
    headers: Record<string, string | number> = {},
  ): { sender: ClientRequest; answer: Promise<[status: number, body: Record<string, string>]> } => {
    const sender = request({
      port: (server.address() as AddressInfo).port,
      method: 'POST',
      path: '/api/databases/shop/import',
      headers: { authorization, 'content-type': 'application/sql', prefer: 'wait=20', ...headers },
    })
    const answer = new Promise<[number, Record<string, string>]>((resolve, reject) => {
      sender.on('error', reject).on('response', (response: IncomingMessage) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
        response.on('end', () =>
          resolve([response.statusCode!, JSON.parse(Buffer.concat(parts).toString()) as Record<string, string>]),
        )
      })
    })
    answer.catch(() => undefined)
    return { sender, answer }
  }
  const uploads = () => readdirSync(process.env.HOSTING_PANEL_UPLOADS!)
  return { ...made, directories, received, send, uploads }
}
