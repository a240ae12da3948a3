import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { output, deleteSite } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'
import { appJob, appOf, isListening, letSleep, provideNode, startTiny, tinySite } from '../../machine/apps/_tiny.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
})
beforeEach(() => showJournalOnFailure(machine))

describe('an app that starts slowly', () => {
  const domain = 'slow.test'
  beforeAll(() => startTiny(machine, panel, domain, { env: { START_MS: '8000' } }))
  afterAll(() => deleteSite(panel, domain))

  it('shows people a page that comes again by itself, and holds programs until it is up', async () => {
    await letSleep(machine, panel, domain)
    const program = site(machine, domain, '/pid')
    const started = Date.now()
    const page = await site(machine, domain, '/', { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } })
    expect(Date.now() - started).toBeLessThan(7500)
    expect([page.status, page.headers.refresh, page.headers['retry-after'], page.body]).toEqual([
      503,
      '2',
      '2',
      expect.stringContaining('Just a moment'),
    ])
    expect(await program).toMatchObject({ status: 200, body: expect.stringMatching(/^\d+$/) })
  })
})

describe('an app that starts very slowly', () => {
  const domain = 'slower.test'
  let answer: ReturnType<typeof site>
  beforeAll(async () => {
    await startTiny(machine, panel, domain)
    await panel.patch(`/sites/${domain}/app/env`, { START_MS: '33000' })
    await letSleep(machine, panel, domain)
    answer = site(machine, domain, '/pid')
  })
  afterAll(() => deleteSite(panel, domain))

  it('a port that is another’s is not handed out, and one that was taken meanwhile is left', async () => {
    const other = 'port.test'
    await tinySite(machine, panel, other)
    const { port } = await appOf(panel, other)
    const listener = await output(
      machine,
      'sh',
      '-c',
      `nohup python3 -m http.server --bind 127.0.0.1 ${port} >/dev/null 2>&1 & echo $!`,
    )
    await expect.poll(() => isListening(machine, port)).toBe(true)
    expect(await appJob(panel, other, 'start')).toMatchObject({ state: 'done' })
    expect((await appOf(panel, other)).port).not.toBe(port)
    expect((await site(machine, other, '/pid')).body).toMatch(/^\d+$/)
    await output(machine, 'kill', listener)
    await deleteSite(panel, other)
  })

  it('gives programs a 503 with Retry-After once it takes too long, and is there for the next', async () => {
    const { status, headers } = await answer
    expect([status, headers['retry-after']]).toEqual([503, '5'])
    await expect.poll(async () => (await site(machine, domain, '/pid')).status, { timeout: 90_000 }).toBe(200)
  }, 300_000)
})
