import { connect } from 'node:tls'
import { beforeAll, expect, it } from 'vitest'
import { request } from '../machine/http.ts'
import { target, type Target } from './_attack.ts'

let on: Target
beforeAll(async () => {
  on = await target()
})

/** Sends text over TLS as it is; answers what comes back. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(
      { host: on.machine.address, port: 8080, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] },
      () => socket.write(text),
    )
    socket
      .setEncoding('latin1')
      .on('data', (part: string) => {
        answer += part
        // It stays open for a body that goes on coming.
        if (answer.endsWith('}')) socket.destroy()
      })
      .on('close', () => resolve(answer))
      .on('error', reject)
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')))
  })

const long = 'a'.repeat(40_000)
const head = 'Host: x\r\nConnection: close\r\n'

it.each([
  ['no HTTP at all', 'NONSENSE\r\n\r\n', 400, 'bad_request'],
  ['a host that is none', 'GET /api/sites HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
  ['a method nobody takes', `TRACE /api/sites HTTP/1.1\r\n${head}\r\n`, 405, 'method_not_allowed'],
  ['a long address', `GET /api/${long} HTTP/1.1\r\n${head}\r\n`, 414, 'address_too_long'],
  ['a long cookie', `GET /api/sites HTTP/1.1\r\n${head}Cookie: ${long}\r\n\r\n`, 431, 'headers_too_large'],
  ['a large body', `POST /api/session HTTP/1.1\r\n${head}Content-Length: 9999999\r\n\r\n`, 413, 'too_large'],
  [
    'an encoding nobody knows',
    `POST /api/session HTTP/1.1\r\n${head}Transfer-Encoding: x\r\n\r\n`,
    501,
    'not_implemented',
  ],
])('what nginx itself refuses is told as the API does: %s', async (_, text, status, code) => {
  const answer = await raw(text)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(answer).toMatch(/\r\ncontent-type: application\/json\r\n/i)
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual({ code, message: expect.any(String) as string })
})

it('plain http is told so, and a browser led on', async () => {
  const told = await request(`http://${on.machine.address}:8080/api/sites`)
  expect([told.status, (JSON.parse(told.body) as { code: string }).code]).toEqual([400, 'https_needed'])
  const led = await request(`http://${on.machine.address}:8080/sites`)
  expect([led.status, led.headers.location]).toEqual([301, `https://${on.machine.address}:8080/sites`])
})

it('what the panel itself answers is not exchanged (control)', async () => {
  expect((await on.panel.post('/session', { username: 1 })).body.code).not.toBe('bad_request')
  expect((await on.panel.send('PUT', '/sites')).headers.allow).toContain('GET')
})
