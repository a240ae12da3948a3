import https from 'node:https'
import { connect } from 'node:net'
import { panelUrl, sharedCookie } from './http.ts'
import type { Machine } from './machine.ts'

/** Whether a TCP connection from this host gets through. */
export const canConnect = ({ address }: Machine, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 3000 })
    const end = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket
      .on('connect', () => end(true))
      .on('timeout', () => end(false))
      .on('error', () => end(false))
  })

/** Sends the administrator's calls over one connection to the panel, until it is ended. */
export function keepConnection(machine: Machine) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { cookie: sharedCookie(machine), origin: panelUrl(machine), 'content-type': 'application/json' }
  const post = (path: string, body: object) =>
    new Promise<{ status: number; code?: string }>((resolve, reject) => {
      const call = https.request(
        `${panelUrl(machine)}/api${path}`,
        { method: 'POST', agent, rejectUnauthorized: false, headers },
        (answer) => {
          let text = ''
          answer
            .on('data', (part) => (text += part))
            .on('end', () => resolve({ status: answer.statusCode!, code: text ? JSON.parse(text).code : undefined }))
        },
      )
      call.on('error', reject).end(JSON.stringify(body))
    })
  return { post, end: () => agent.destroy() }
}
