import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  appJob,
  appOf,
  isListening,
  letSleep,
  makeIdle,
  processesOf,
  provideNode,
  reap,
  startTiny,
} from '../../machine/apps/_tiny.ts'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { output, deleteSite } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

const domain = 'killed.test'
let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  await startTiny(machine, panel, domain)
})
afterAll(() => deleteSite(panel, domain))
beforeEach(() => showJournalOnFailure(machine))

const kill = (...units: string[]) =>
  output(machine, 'systemctl', 'kill', '-s', 'KILL', ...units.map((unit) => `hosting-panel${unit}.service`))

/** Waits until the store and the processes agree. */
async function agree(): Promise<void> {
  await reap(machine)
  await expect
    .poll(
      async () => {
        const app = await appOf(panel, domain).catch(() => null)
        if (!app || !['running', 'asleep', 'stopped', 'errored'].includes(app.state)) return 'not settled'
        const runs = await isListening(machine, app.port)
        const processes = (await processesOf(machine, panel, domain)).length
        return runs === (app.state === 'running') && processes > 0 === runs
          ? 'agree'
          : `${app.state}, ${processes} processes`
      },
      { timeout: 90_000, interval: 200 },
    )
    .toBe('agree')
}

it.each([
  ['starting', () => appJob(panel, domain, 'stop'), () => panel.post(`/sites/${domain}/app/start`)],
  ['stopping', () => appJob(panel, domain, 'start'), () => panel.post(`/sites/${domain}/app/stop`)],
  ['restarting', () => appJob(panel, domain, 'start'), () => panel.post(`/sites/${domain}/app/restart`)],
  [
    'waking',
    () => appJob(panel, domain, 'start').then(() => letSleep(machine, panel, domain)),
    () => site(machine, domain, '/pid'),
  ],
  ['falling asleep', () => appJob(panel, domain, 'start').then(() => makeIdle(machine, domain)), () => reap(machine)],
])(
  'in the middle of %s, store and processes agree',
  async (_what, before, work) => {
    for (const [units, delay] of [
      [['-supervisor'], 10],
      [['-supervisor', '-agent'], 60],
      [['-agent'], 30],
      [['', '-supervisor'], 120],
      [[''], 40],
    ] as const) {
      await before()
      const doing = work().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, delay))
      await kill(...units)
      await doing
      await agree()
    }
  },
  300_000,
)
