import { beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { create, deleteSite } from '../machine/sites/_helpers.ts'
import { ownName, showJournalOnFailure, useMachine } from '../machine/use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine(ownName('thousand'))
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

const numbered = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}.test`)

it('a thousand sites on one machine work, and the thousand and first is live when its creation says so', async () => {
  const domains = numbered(1000, 'many')
  for (let at = 0; at < 1000; at += 250) {
    const answers = await Promise.all(
      domains.slice(at, at + 250).map((domain) => panel.post('/sites', { domain, runtime: 'php' })),
    )
    expect(answers.filter(({ status }) => status !== 201)).toEqual([])
  }
  await create(panel, { domain: 'last.test', runtime: 'php' })
  for (const domain of ['many0.test', 'many500.test', 'many999.test', 'last.test'])
    expect((await site(machine, domain)).body).toContain('answers here')
  expect((await panel.get('/sites')).body.sites).toHaveLength(1001)
  expect((await panel.get('/drift')).body.changes).toEqual([])
  const [gone, left] = [['last.test', ...domains.slice(0, 200)], domains.slice(200)]
  expect(
    (await Promise.all(gone.map((domain) => deleteSite(panel, domain)))).filter(({ status }) => status !== 200),
  ).toEqual([])
  const names = (await panel.get('/sites')).body.sites.map(({ domain }: { domain: string }) => domain) as string[]
  expect(names.sort()).toEqual([...left].sort())
  for (const domain of ['many200.test', 'many999.test']) expect((await site(machine, domain)).status).toBe(200)
}, 900_000)
