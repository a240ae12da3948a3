import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output } from './_helpers.ts'
import { endWide, serveWide } from './_wide.ts'

let machine: Machine
let panel: Api
const domain = 'passed.test'
const patch = async (changes: object) => {
  const { status, body } = await panel.patch(`/sites/${domain}`, changes)
  expect([status, body.message]).toEqual([200, undefined])
}

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await serveWide(machine, '127.0.0.1', 3991)
  await serveWide(machine, '::1', 3992)
  await output(machine, 'sh', '-c', "printf '127.0.0.1 program.intern\\n' >>/etc/hosts")
  await create(panel, { domain, runtime: 'proxy', proxyTo: 'http://localhost:3991' })
}, 120_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await output(machine, 'sh', '-c', 'grep -v program.intern /etc/hosts >/run/hosts; cat /run/hosts >/etc/hosts')
  for (const port of [3991, 3992]) await endWide(machine, port)
  await deleteSite(panel, domain)
})

const told = async () => JSON.parse((await site(machine, domain)).body) as Record<string, unknown>

describe('a proxy site reaches', () => {
  it('a program on 127.0.0.1 and on ::1 by localhost, and by a name of /etc/hosts', async () => {
    expect(await told()).toMatchObject({ host: domain, family: '127.0.0.1' })
    await patch({ proxyTo: 'http://localhost:3992' })
    expect(await told()).toMatchObject({ host: domain, family: '::1' })
    await patch({ proxyTo: 'http://program.intern:3991' })
    expect(await told()).toMatchObject({ host: domain, family: '127.0.0.1' })
  })

  it('it again as soon as it is back', async () => {
    await endWide(machine, 3991)
    expect((await site(machine, domain)).status).toBe(502)
    await serveWide(machine, '127.0.0.1', 3991)
    expect((await site(machine, domain)).status).toBe(200)
  })

  it('it with the Host that is chosen', async () => {
    await patch({ proxySettings: { host: 'target' } })
    expect(await told()).toMatchObject({ host: 'program.intern:3991' })
    await patch({ proxySettings: { host: 'shop.example.com' } })
    expect(await told()).toMatchObject({ host: 'shop.example.com' })
    await patch({ proxySettings: { host: 'auto' } })
  })
})

it.each([
  [{ proxySettings: { host: 'a b' } }, 'proxySettings.host'],
  [{ proxySettings: { host: 'a;}' } }, 'proxySettings.host'],
  [{ proxySettings: { host: '$host' } }, 'proxySettings.host'],
  [{ proxySettings: { timeoutSeconds: 0 } }, 'proxySettings.timeoutSeconds'],
  [{ proxySettings: { nothing: 1 } }, 'proxySettings.nothing'],
])('%j is refused, and the field named', async (changes, field) => {
  const before = (await panel.get(`/sites/${domain}`)).body
  const { status, body } = await panel.patch(`/sites/${domain}`, changes)
  expect([status, JSON.stringify(body.details)]).toEqual([422, expect.stringContaining(field)])
  expect((await panel.get(`/sites/${domain}`)).body).toEqual(before)
})
