import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../machine/use-machine.ts'

let machine: Machine
let panel: Api
const [short, long] = ['198.51.100.77', '198.51.100.78']

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  // One ends after a minute, one outlives its jail's minute.
  expect((await panel.patch('/bans/jails/nginx-limit-req', { banMinutes: 1 })).status).toBe(200)
  expect((await panel.post('/bans', { address: short, minutes: 1 })).status).toBe(201)
  expect((await panel.post('/bans', { address: long, jail: 'nginx-limit-req', minutes: 60 })).status).toBe(201)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await panel.delete(`/bans/${long}`)
  await panel.patch('/bans/jails/nginx-limit-req', { banMinutes: 10 })
})

interface Listed {
  address: string
  until: string
}
const listed = async (address: string): Promise<Listed[]> =>
  ((await panel.get('/bans')).body.bans as Listed[]).filter((ban) => ban.address === address)

it(
  'a manual ban lasts as long as it was asked for: shorter than its jail’s, or longer',
  { timeout: 600_000 },
  async () => {
    await expect.poll(() => listed(short), { timeout: 180_000, interval: 2000 }).toEqual([])
    // A Fail2ban that was restarted forgets what outlives its jail's time, until the panel looks again (each 45 s).
    await expect.poll(() => listed(long), { timeout: 180_000, interval: 2000 }).toHaveLength(1)
    const [ban] = await listed(long)
    expect(Date.parse(ban!.until) - Date.now()).toBeGreaterThan(50 * 60_000)
    expect(await output(machine, 'nft', 'list', 'set', 'inet', 'f2b-table', 'addr-set-nginx-limit-req')).toContain(long)
  },
)
