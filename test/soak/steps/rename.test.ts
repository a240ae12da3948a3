import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { siteNames } from '../../../lib/model/sites/names.ts'
import { provideNode, startTiny } from '../../machine/apps/_tiny.ts'
import { redis, redisSite, script, type Account } from '../../machine/cache/_cache.ts'
import { atEveryStep, beginFaults, dyingAt, endFaults } from '../../machine/faults.ts'
import { api, site, type Api } from '../../machine/http.ts'
import { within, type Machine } from '../../machine/machine.ts'
import { deleteSite, output, traces } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
let account: Account
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  // systemd keeps units that it found when it read all anew, until it does so again.
  await beginFaults(machine)
  account = await redisSite(panel, 'a.killed.test')
  await script(machine, 'a.killed.test', 'index.php', 'echo posix_geteuid();')
  await redis(machine, account, ['set', `${account.username}:kept`, 'yes'])
  await startTiny(machine, panel, 'app.killed.test')
})
afterAll(async () => {
  await endFaults(machine)
  for (const domain of ['a.killed.test', 'b.killed.test', 'app.killed.test', 'moved.killed.test'])
    await deleteSite(panel, domain)
})
beforeEach(() => showJournalOnFailure(machine))

const rename = (from: string, domain: string) => panel.post(`/sites/${from}/rename`, { domain, keepOldName: 'no' })

async function isWhole(here: string, gone: string, body: string): Promise<void> {
  await expect.poll(async () => (await site(machine, here)).body, { timeout: 90_000 }).toContain(body)
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect((await panel.get(`/sites/${gone}`)).status).toBe(404)
  await expect.poll(() => traces(machine, gone), { timeout: 90_000 }).toEqual([])
}

async function hasKey(domain: string): Promise<void> {
  const { user } = siteNames(domain)
  expect(await redis(machine, { ...account, username: user }, ['get', `${user}:kept`])).toBe('yes')
}

it('the agent is killed at each step of a change of the domain: it is done all the same', async () => {
  const uid = await output(machine, 'id', '-u', account.username)
  let [here, next] = ['a.killed.test', 'b.killed.test']
  const steps = await atEveryStep(machine, async () => {
    expect((await rename(here, next)).status).toBe(200)
    ;[here, next] = [next, here]
    await isWhole(here, next, uid)
    await hasKey(here)
  })
  expect(steps).toBeGreaterThan(20)
  if (here !== 'a.killed.test') await rename(here, next)
}, 1_800_000)

it('again and again: the site is as before, and the error says so', async () => {
  const uid = await output(machine, 'id', '-u', account.username)
  for (let step = 0; step < 40; step += 3) {
    let status = 0
    const died = await dyingAt(machine, `${step} always`, async () => {
      status = (await rename('a.killed.test', 'b.killed.test')).status
    })
    if (!died) break
    expect(status).toBe(503)
    await isWhole('a.killed.test', 'b.killed.test', uid)
    await hasKey('a.killed.test')
  }
}, 1_800_000)

it('an app goes on, whatever step the agent is killed at', async () => {
  let [here, next] = ['app.killed.test', 'moved.killed.test']
  for (const step of [2, 6, 10, 14, 18]) {
    await dyingAt(machine, String(step), async () => expect((await rename(here, next)).status).toBe(200))
    ;[here, next] = [next, here]
    await isWhole(here, next, '"url":"/"')
    await within(90, 'the job that starts it', async () => {
      const { jobs } = (await panel.get('/jobs')).body as { jobs: { subject: string; state: string }[] }
      return jobs.every(({ subject, state }) => subject !== here || state !== 'running') || undefined
    })
  }
}, 900_000)

it('the panel is killed on the way: its next start finds which it is', async () => {
  let [here, next] = ['a.killed.test', 'b.killed.test']
  for (const delay of [5, 60, 150, 400]) {
    const changing = rename(here, next).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, delay))
    await output(machine, 'systemctl', 'kill', '-s', 'KILL', 'hosting-panel.service')
    await changing
    await expect
      .poll(async () => (await panel.get('/drift').catch(() => null))?.body.changes, { timeout: 90_000 })
      .toEqual([])
    if ((await panel.get(`/sites/${next}`)).status === 200) [here, next] = [next, here]
    await isWhole(here, next, await output(machine, 'id', '-u', siteNames(here).user))
  }
}, 600_000)
