import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { provideNode, startTiny } from '../../machine/apps/_tiny.ts'
import { inside } from '../../machine/_bare.ts'
import { api, site, type Api } from '../../machine/http.ts'
import { upInstalled } from '../../machine/installed.ts'
import { down, reboot, type Machine } from '../../machine/machine.ts'
import { create } from '../../machine/sites/_helpers.ts'
import { ownName, showJournalOnFailure } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
const named = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}${index}.test`)
const still = named('static', 60)
const php = named('php', 38)
const apps = named('app', 2)

beforeAll(async () => {
  machine = await upInstalled(ownName('reboot'))
  panel = await api(machine)
  await Promise.all(still.map((domain) => create(panel, { domain, runtime: 'static' })))
  await Promise.all(php.map((domain) => create(panel, { domain, runtime: 'php' })))
  await provideNode(panel)
  for (const domain of apps) await startTiny(machine, panel, domain)
}, 900_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(() => down(machine.name))

/** Reboots the machine; gives the time until MariaDB runs and these sites answer (ms). */
async function rebooted(domains: string[]): Promise<number> {
  const begun = performance.now()
  machine = await reboot(machine)
  await inside(machine, 'until systemctl is-active -q mariadb; do sleep 0.02; done')
  for (const domain of domains) {
    const status = () =>
      site(machine, domain).then(
        ({ status }) => status,
        () => 0,
      )
    await expect.poll(status, { timeout: 60_000, interval: 20, message: domain }).toBe(200)
  }
  return performance.now() - begun
}

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!

/** Links by which the panel, its apps, PHP and hooks start with the server. */
const own = "cd /etc/systemd/system && find *.wants -name 'hosting-panel*'"

it('until all that does not sleep answers it takes little more than the machine, nginx and MariaDB', async () => {
  const [bare, whole, woken]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < 3; round++) {
    await inside(machine, `${own} | tar -cf /root/own.tar -T - && ${own} -delete`)
    bare.push(await rebooted(still))
    await inside(machine, 'tar -C /etc/systemd/system -xf /root/own.tar')
    whole.push(await rebooted([...still, ...apps]))
    // PHP starts with the first request of each site.
    const begun = performance.now()
    for (const domain of php) expect((await site(machine, domain)).status).toBe(200)
    woken.push((performance.now() - begun) / php.length)
  }
  const ratio = median(whole) / median(bare)
  console.log(
    `${Math.round(median(bare))} ms bare, ${Math.round(median(whole))} ms with all sites and apps: ` +
      `${ratio.toFixed(2)}; then ${Math.round(median(woken))} ms for each PHP site that is woken`,
  )
  expect(ratio).toBeLessThan(1.2)
}, 900_000)

it('afterwards nothing has failed, and nothing differs from what is desired', async () => {
  panel = await api(machine)
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect((await panel.get('/health')).body.status).toBe('ok')
  expect(await inside(machine, 'systemctl --failed --plain --no-legend')).toBe('')
}, 120_000)
