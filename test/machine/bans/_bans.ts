import { expect } from 'vitest'
import { panelUrl } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output } from '../sites/_helpers.ts'
import type { Stranger } from '../stranger.ts'

/** Looks at who is banned, and at Fail2ban's settings, on a machine that is up when the tests run. */
export function bansOn(machine: () => Machine) {
  const reach = (who: Stranger) => who.request(`${panelUrl(machine())}/api/health`)
  return {
    reach,
    banned: (who: Stranger) => expect.poll(() => reach(who), { timeout: 90_000 }).toBe(0),
    welcome: (who: Stranger) => expect.poll(() => reach(who), { timeout: 90_000 }).toBe(200),
    files: () =>
      output(
        machine(),
        'sh',
        '-c',
        'cd /etc/fail2ban && sha256sum jail.d/* filter.d/hosting-panel.conf action.d/hosting-panel.conf',
      ),
    /** A jail's setting as Fail2ban runs it. */
    live: (jail: string, setting: string) => output(machine(), 'fail2ban-client', 'get', jail, setting),
  }
}
