import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { atEveryStep, beginFaults, endFaults } from '../../machine/faults.ts'
import { api, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await beginFaults(machine)
})
afterAll(() => endFaults(machine))
beforeEach(() => showJournalOnFailure(machine))

it('the agent killed at each step: the change is made all the same, or not at all', async () => {
  const steps = await atEveryStep(machine, async () => {
    const { status, body } = await panel.post('/firewall/rules', { port: 5432 })
    expect(status, JSON.stringify(body)).toBe(201)
    expect((await panel.get('/drift')).body.changes).toEqual([])
    await panel.delete(`/firewall/rules/${body.rules[0].id}`)
  })
  expect(steps).toBeGreaterThan(2)
}, 900_000)
