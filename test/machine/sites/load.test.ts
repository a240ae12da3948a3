import { beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import { create, output, deleteSite, writeFile } from './_helpers.ts'
import { steadily } from './_load.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

const numbered = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}.test`)

itInSoak(
  'fifty creations at once are fifty sites and at most five reloads',
  async () => {
    const notices = '/etc/nginx/modules-enabled/99-notices.conf'
    await writeFile(machine, notices, 'error_log /var/log/nginx/notices.log notice;\n')
    await create(panel, { domain: 'before.test', runtime: 'static' })
    const reloads = async () =>
      Number(await output(machine, 'grep', '-c', 'reconfiguring', '/var/log/nginx/notices.log'))
    const before = await reloads()
    const domains = numbered(50, 'crowd')
    const answers = await Promise.all(domains.map((domain) => panel.post('/sites', { domain, runtime: 'php' })))
    expect(answers.map(({ status }) => status)).toEqual(domains.map(() => 201))
    const used = (await reloads()) - before
    expect(used).toBeGreaterThan(0)
    expect(used).toBeLessThanOrEqual(5)
    for (const domain of domains) expect((await site(machine, domain)).status).toBe(200)
    await Promise.all([...domains, 'before.test'].map((domain) => deleteSite(panel, domain)))
    await output(machine, 'rm', notices, '/var/log/nginx/notices.log')
  },
  300_000,
)

it('a busy PHP site loses no request while others come, change and go, and its own settings change', async () => {
  await create(panel, { domain: 'busy.test', runtime: 'php' })
  const root = '/var/www/busy.test/public'
  await writeFile(machine, `${root}/slow.php`, '<?php sleep(6); echo "whole";')
  const loads = [1, 2, 3].map(() => steadily(() => site(machine, 'busy.test')))
  const slow = site(machine, 'busy.test', '/slow.php')
  for (const domain of numbered(6, 'other')) {
    await create(panel, { domain, runtime: 'php' })
    expect((await panel.patch(`/sites/${domain}`, { bodyLimitMb: 5 })).status).toBe(200)
    expect((await deleteSite(panel, domain)).status).toBe(200)
  }
  const again = site(machine, 'busy.test', '/slow.php')
  for (const change of [
    { phpSettings: { memoryLimitMb: 100 } },
    { bodyLimitMb: 8 },
    { phpVersion: '7.4' },
    { phpVersion: '8.2' },
  ]) {
    expect((await panel.patch('/sites/busy.test', change)).status).toBe(200)
  }
  expect([(await slow).body, (await again).body]).toEqual(['whole', 'whole'])
  const tallies = await Promise.all(loads.map((load) => load.stop()))
  for (const tally of tallies) {
    expect(tally).toMatchObject({ failed: 0 })
    expect(tally.answered).toBeGreaterThan(100)
  }
  await deleteSite(panel, 'busy.test')
}, 900_000)
