import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { answerMalformed } from '../../lib/panel/http/malformed.ts'

/** Sends raw bytes to a server, and reads its answer. */
async function answerTo(bytes: string): Promise<string> {
  const server = createServer((_request, response) => response.end('well'))
  answerMalformed(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (part) => (answer += part.toString())).on('close', () => server.close(() => resolve(answer)))
  })
}

it.each([
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'bad_request'],
  ['no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
  [
    'headers that are too large',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
])('%s is answered as the API answers', async (_what, bytes, status, code) => {
  const [head, body] = (await answerTo(bytes)).split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*content-type: application/json`, 'i'))
  expect(JSON.parse(body!)).toEqual({ code, message: expect.stringMatching(/\w/) })
})

it('a good request is answered by the server itself (control)', async () => {
  expect(await answerTo('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 200 [^]*well/)
})
