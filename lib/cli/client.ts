import { existsSync } from 'node:fs'
import http, { type IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { isSocketOf } from '../proc/socket-owner.ts'
import { unreachable } from './errors.ts'

/** Where the panel is, and what proves that root asks. */
export interface Panel {
  socketPath: string
  token: string
  /** Required owner of the socket. */
  uid: number
}

export interface Request {
  method: string
  /** With its query: `/api/sites?plan=true`. */
  path: string
  headers?: Record<string, string>
  body?: string | Readable
}

/** Advice for a silent panel. */
const help =
  'Look at: systemctl status hosting-panel, journalctl -u hosting-panel (without systemd: service ' +
  'hosting-panel status); if nothing helps, run install.sh again'

/** Asks the panel; answers once its headers are there. Throws an ending with 3 when it does not answer. */
export async function ask(panel: Panel, { method, path, headers, body }: Request): Promise<IncomingMessage> {
  refuseForeign(panel)
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        socketPath: panel.socketPath,
        method,
        path,
        host: 'localhost',
        agent: false,
        headers: {
          authorization: `Bearer ${panel.token}`,
          accept: 'application/json, */*',
          connection: 'close',
          ...headers,
          ...(typeof body === 'string' && { 'content-length': Buffer.byteLength(body) }),
        },
      },
      resolve,
    )
    request.on('error', ({ message, syscall }: NodeJS.ErrnoException) =>
      reject(
        unreachable(
          syscall === 'connect'
            ? `The panel does not answer on ${panel.socketPath} (${message}). ${help}`
            : `The panel closed the connection before it answered (${message}), so it is unknown whether this ` +
                `was done. ${help}`,
        ),
      ),
    )
    if (body === undefined || typeof body === 'string') request.end(body)
    else body.on('error', (error) => request.destroy(error)).pipe(request)
  })
}

/** Sends nothing, least of all root's token, to a socket that another user could have made. */
function refuseForeign({ socketPath, uid }: Panel): void {
  if (isSocketOf(socketPath, uid) || !existsSync(socketPath)) return
  throw unreachable(
    `${socketPath} does not belong to the panel, so nothing was sent to it. ` +
      `See its owner: ls -ld ${dirname(socketPath)} ${socketPath}. ${help}`,
  )
}

/** The whole answer as text. */
export async function textOf(message: Readable): Promise<string> {
  const parts: Buffer[] = []
  try {
    for await (const part of message) parts.push(part as Buffer)
  } catch (error) {
    throw unreachable(`The connection broke in the middle of the panel’s answer (${(error as Error).message}). ${help}`)
  }
  return Buffer.concat(parts).toString('utf8')
}
