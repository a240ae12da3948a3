import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, deleteSite } from '../../machine/sites/_helpers.ts'
import { endWide, serveWide } from '../../machine/sites/_wide.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
const domain = 'lasting.test'

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await serveWide(machine, '127.0.0.1', 3993)
  await create(panel, { domain, runtime: 'proxy', proxyTo: 'http://localhost:3993' })
}, 120_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await endWide(machine, 3993)
  await deleteSite(panel, domain)
})

/** Time from the first part of an answer to its end (ms), and what came in all. */
const stream = (path: string) =>
  new Promise<{ lasted: number; text: string }>((resolve, reject) => {
    let [first, text] = [0, '']
    const socket = connect(80, machine.address, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${domain}\r\nConnection: close\r\n\r\n`),
    )
    socket
      .setEncoding('latin1')
      .on('data', (part: string) => {
        first ||= Date.now()
        text += part
      })
      .on('error', reject)
      .on('close', () => resolve({ lasted: Date.now() - first, text }))
  })

/** Says something on a WebSocket after so many milliseconds; answers all that it heard. */
const echo = (after: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(80, machine.address, () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${domain}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`),
    )
    let text = ''
    setTimeout(() => socket.write('still here'), after)
    socket
      .setEncoding('latin1')
      .on('data', (part: string) => {
        text += part
        if (text.endsWith('still here')) socket.end(() => resolve(text))
      })
      .on('error', reject)
      .on('close', () => resolve(text))
  })

describe('an answer', () => {
  it('of more than a minute comes whole, as it comes; a WebSocket lives through a silent minute', async () => {
    const [{ lasted, text }, heard] = await Promise.all([stream('/?wait=65'), echo(65_000)])
    expect(lasted).toBeGreaterThan(30_000)
    expect(text).toContain(`"host":"${domain}"`)
    expect(heard).toMatch(/ 101 [^]*still here$/)
  }, 240_000)

  it('is waited for as long as is said', async () => {
    expect((await panel.patch(`/sites/${domain}`, { proxySettings: { timeoutSeconds: 2 } })).status).toBe(200)
    expect((await stream('/?wait=30')).text).not.toContain('"host"')
  })
})
