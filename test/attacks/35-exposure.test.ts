import { expect, it } from 'vitest'
import { output, target } from './_attack.ts'

/** Highest exposure of each unit by `systemd-analyze security`, of 10. The agent and the supervisor need to be root. */
const bounds: Record<string, number> = {
  'hosting-panel.service': 1.1,
  'hosting-panel-agent.service': 4.3,
  'hosting-panel-supervisor.service': 4.9,
  'hosting-panel-guard.service': 2,
  'hosting-panel-sockets.service': 2,
  // Does what the installer does.
  'hosting-panel-go-back.service': 3.6,
  'hosting-panel-app@x.service': 5,
  'hosting-panel-mail.service': 1.9,
  'hosting-panel-hook@reap-idle.service': 1.7,
  'hosting-panel-php@x.service': 1.7,
  'hosting-panel-php-shared@x.service': 1.7,
  'hosting-panel-php@hosting-panel-adminer.service': 1.3,
}

it('no unit is more exposed than it must be, and none is left out', async () => {
  const { machine } = await target()
  const exposure = async (unit: string) =>
    Number(
      /exposure level for \S+: ([\d.]+)/.exec(
        await output(machine, 'systemd-analyze', 'security', '--no-pager', unit),
      )?.[1] ?? 10,
    )
  const units = (await output(machine, 'sh', '-c', 'cd /etc/systemd/system && ls hosting-panel*.service')).split('\n')
  const known = Object.keys(bounds).map((unit) => unit.replace(/@.*\.service/, '@.service'))
  expect(
    units.filter((unit) => !known.includes(unit)),
    'units without a bound',
  ).toEqual([])
  for (const [unit, most] of Object.entries(bounds)) expect(await exposure(unit), unit).toBeLessThanOrEqual(most)
  expect(await exposure('systemd-udevd.service'), 'a unit that may do much is seen to (control)').toBeGreaterThan(6)
})
