import { expect, vi } from 'vitest'
import type { Machine } from '../machine.ts'
import { inside } from '../certificates/_service.ts'
import { writeFile } from './_helpers.ts'

/**
 * A program that sets four cookies of so many bytes together (`?set=`), is silent for a while (`?wait=`, s), breaks its
 * answer (`?break`), and tells what it was asked and how often.
 */
export const wideProgram = `
const { createServer } = require('node:http')
let asked = 0
const server = createServer({ maxHeaderSize: 81920 }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://x')
  if (pathname === '/asked') return response.end(String(asked))
  if (pathname === '/dot.gif') return response.end()
  asked++
  if (searchParams.has('break')) {
    request.socket.write('HTTP/1.1 200 OK\\r\\nno header at all\\r\\n\\r\\n')
    return request.socket.end()
  }
  const set = Number(searchParams.get('set') ?? 0)
  if (set) response.setHeader('set-cookie', [0, 1, 2, 3].map((i) => 'c' + i + '=' + 'x'.repeat(set / 4)))
  const { host, cookie = '' } = request.headers
  const told = { host, cookie: cookie.length, family: request.socket.localAddress }
  const answer = () => response.end(JSON.stringify(told))
  if (!searchParams.has('wait')) return answer()
  response.write(' ')
  setTimeout(answer, Number(searchParams.get('wait')) * 1000)
})
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n')
  socket.on('data', (data) => socket.write(data)).on('error', () => {})
})
server.listen(process.env.PORT, process.env.HOST)
`

/** Runs the program on the machine, at an address of its own, and waits until it listens. */
export async function serveWide(machine: Machine, host: string, port: number): Promise<void> {
  await writeFile(machine, '/run/wide.js', wideProgram)
  await inside(machine, [
    'systemd-run',
    '--quiet',
    '--collect',
    `--unit=test-wide-${port}`,
    `--setenv=PORT=${port}`,
    `--setenv=HOST=${host}`,
    '/opt/hosting-panel/current/node_modules/.bin/node',
    '/run/wide.js',
  ])
  const listening = async () => expect((await machine.sh(['ss', '-Hltn', `sport = :${port}`])).stdout).not.toBe('')
  await vi.waitFor(listening, { timeout: 60_000 })
}

export const endWide = (machine: Machine, port: number) => machine.sh(['systemctl', 'stop', `test-wide-${port}`])
