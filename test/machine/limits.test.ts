import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { output } from './sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const domain of ['first.test', 'second.test']) await panel.delete(`/sites/${domain}?purge=true`)
  await panel.delete('/users/tenant')
})

const add = (domain: string) => panel.post('/sites', { domain, runtime: 'static', owner: 'tenant' })

it('who has used their share of the disk up gets nothing new until there is room again', async () => {
  expect((await panel.post('/users', { username: 'tenant', password: 'a password of a tenant', limits: { diskMb: 3 } })).status).toBe(201)
  expect((await add('first.test')).status).toBe(201)
  await output(machine, 'dd', 'if=/dev/urandom', 'of=/var/www/first.test/public/large', 'bs=1M', 'count=4')
  expect((await panel.get('/users/tenant')).body.usage).toEqual({ sites: 1, databases: 0, diskMb: 5 })
  expect(await add('second.test')).toMatchObject({ status: 403, body: { code: 'limit_reached' } })
  await output(machine, 'rm', '/var/www/first.test/public/large')
  expect((await add('second.test')).status).toBe(201)
})
