import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Machine } from '../machine.ts'

/**
 * Says a word to a WebSocket of a site, and answers what comes back. In the protocol's own words (RFC 6455): a
 * handshake, a masked text frame of less than 64 KB, and a short unmasked one back.
 */
export function saySocket({ address }: Machine, domain: string, path: string, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      host: domain,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    }
    const call = request({ host: address, path, headers })
    call.on('error', reject).on('response', ({ statusCode }) => reject(new Error(`answered ${statusCode}`)))
    call.on('upgrade', (_response, socket) => {
      socket.on('error', reject).on('data', (frame: Buffer) => {
        socket.destroy()
        resolve(frame.subarray(2).toString())
      })
      socket.write(Buffer.concat([Buffer.from([0x81, ...lengthOf(word), 0, 0, 0, 0]), Buffer.from(word)]))
    })
    call.end()
  })
}

const lengthOf = ({ length }: string): number[] =>
  length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff]
