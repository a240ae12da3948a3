import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeDatabase } from '../../machine/databases/_helpers.ts'
import { api, site, type Api } from '../../machine/http.ts'
import { reboot, type Machine } from '../../machine/machine.ts'
import { create, deleteSite } from '../../machine/sites/_helpers.ts'
import { useMachine } from '../../machine/use-machine.ts'
import { dokuwiki } from './_dokuwiki.ts'
import { mediawiki } from './_mediawiki.ts'
import { addPackages, placeOf, reinstall, TEST_MS } from './_programs.ts'
import { roundcube } from './_roundcube.ts'
import { wordpress } from './_wordpress.ts'

const programs = [mediawiki, dokuwiki, wordpress, roundcube]
let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await addPackages(
    machine,
    programs.flatMap(({ packages }) => packages),
  )
})
afterAll(async () => {
  for (const { domain } of programs) await deleteSite(panel, domain)
  const { body } = await panel.get('/databases')
  for (const { name } of body as { name: string }[]) await removeDatabase(panel, name)
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
    },
    TEST_MS,
  )

  it.each(['7.4', '8.2'])(
    'goes on with PHP %s',
    async (phpVersion) => {
      expect((await panel.patch(`/sites/${domain}`, { phpVersion })).status).toBe(200)
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
  'all are served while the panel is uninstalled, and answer as before once it is installed again',
  async () => {
    await reinstall(machine, async () => {
      for (const { domain, front } of programs)
        expect([domain, (await site(machine, domain, front)).status]).toEqual([domain, 200])
    })
    await lookAtAll()
  },
  TEST_MS,
)
