import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveIndex } from '../../machine/apps/_index.ts'
import { appOf, letSleep } from '../../machine/apps/_tiny.ts'
import { removeDatabase } from '../../machine/databases/_helpers.ts'
import { api, type Api } from '../../machine/http.ts'
import { reboot, type Machine } from '../../machine/machine.ts'
import { create, deleteSite } from '../../machine/sites/_helpers.ts'
import { useMachine } from '../../machine/use-machine.ts'
import { django } from './_django.ts'
import { next } from './_next.ts'
import { nodeRed } from './_node-red.ts'
import { placeOf, reinstall, TEST_MS } from './_programs.ts'
import { verdaccio } from './_verdaccio.ts'

const programs = [django, nodeRed, verdaccio, next]
let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await serveIndex(machine, 'python3-mysqldb')
})
afterAll(async () => {
  for (const { domain } of programs) await deleteSite(panel, domain)
  await removeDatabase(panel, 'django')
})

describe.each(programs)('$domain', ({ domain, settings, install, use, look }) => {
  const place = () => placeOf(machine, panel, domain)

  it(
    'is installed by its manual, and used',
    async () => {
      await create(panel, { domain, ...settings })
      await install(place())
      await use(place())
      await look(place())
      expect(await appOf(panel, domain)).toMatchObject({ state: 'running', problem: null, restarts: 0 })
    },
    TEST_MS,
  )

  it(
    'answers as before when it slept',
    async () => {
      if ((await appOf(panel, domain)).idleMinutes !== null) await letSleep(machine, panel, domain)
      await look(place())
    },
    TEST_MS,
  )
})

async function lookAtAll(): Promise<void> {
  panel = await api(machine)
  for (const { domain, look } of programs) await look(placeOf(machine, panel, domain))
  expect((await panel.get('/drift')).body.changes).toEqual([])
}

it(
  'all answer as before once the machine was rebooted',
  async () => {
    machine = await reboot(machine)
    await lookAtAll()
  },
  TEST_MS,
)

it(
  'all answer as before once the panel was uninstalled, and installed again',
  async () => {
    await reinstall(machine, () => Promise.resolve())
    await lookAtAll()
  },
  TEST_MS,
)
