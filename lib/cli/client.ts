import http, { type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { unreachable } from './errors.ts'
import { belongsTo, readRows } from './peer.ts'

/** Where the panel is, and what proves that root asks. */
export interface Panel {
  port: number
  token: string
  /** Whose program has to listen there. */
  uid: number
}

export interface Request {
  method: string
  /** With its query: `/api/sites?plan=true`. */
  path: string
  headers?: Record<string, string>
  body?: string | Readable
}

/** What to look at when the panel is silent. */
const help = 'Look at: systemctl status hosting-panel, journalctl -u hosting-panel (without systemd: service hosting-panel status); running install.sh again mends most of it'

/** Asks the panel; answers once its headers are there. Throws an ending with 3 when it does not answer. */
export async function ask(panel: Panel, { method, path, headers, body }: Request): Promise<IncomingMessage> {
  const socket = await connectTo(panel)
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socket, method, path, host: '127.0.0.1', port: panel.port,
      headers: { authorization: `Bearer ${panel.token}`, accept: 'application/json, */*', connection: 'close', ...headers, ...(typeof body === 'string' && { 'content-length': Buffer.byteLength(body) }) },
    }, resolve)
    request.on('error', ({ message }) => reject(unreachable(`The panel went away before it answered (${message}), so it may or may not have done this. ${help}`)))
    if (body === undefined || typeof body === 'string') request.end(body)
    else body.on('error', (error) => request.destroy(error)).pipe(request)
  })
}

function connectTo({ port, uid }: Panel): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const silent = ({ message }: Error) => reject(unreachable(`The panel does not answer on 127.0.0.1:${port} (${message}). ${help}`))
    socket.once('error', silent)
    socket.once('connect', () => {
      if (!belongsTo(readRows(), uid, socket.localPort!, port)) {
        socket.destroy()
        reject(unreachable(`What answers on 127.0.0.1:${port} is not the panel, so it was told nothing. See who it is: ss -ltnp 'sport = :${port}'. ${help}`))
        return
      }
      socket.off('error', silent)
      resolve(socket)
    })
  })
}

/** The whole answer as text. */
export async function textOf(message: Readable): Promise<string> {
  const parts: Buffer[] = []
  try {
    for await (const part of message) parts.push(part as Buffer)
  } catch (error) {
    throw unreachable(`The panel went away in the middle of its answer (${(error as Error).message}). ${help}`)
  }
  return Buffer.concat(parts).toString('utf8')
}
