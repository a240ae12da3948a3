import { beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

const agentIs = async () => (await machine.sh(['systemctl', 'is-active', 'hosting-panel-agent'])).stdout.trim()

it('the agent leaves soon after the looks of each minute, and is back when it is asked', async () => {
  await machine.sh(['systemctl', 'stop', 'hosting-panel-agent.service'])
  await machine.sh(['systemctl', 'start', 'hosting-panel-hook@reap-idle.service'])
  expect(await agentIs(), 'the hook asked it').toBe('active')
  await expect.poll(agentIs, { interval: 500 }).toBe('inactive')

  expect((await panel.get('/health')).body).toMatchObject({ agent: 'ok' })
  expect(await agentIs()).toBe('active')
})
