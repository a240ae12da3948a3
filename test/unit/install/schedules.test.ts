import { expect, it } from 'vitest'
import { renderCrontab, renderTimer } from '../../../install/schedules.ts'
import { longestPause, readHooks, type HookEntry } from '../../../lib/model/hooks.ts'

const minutely: HookEntry = { name: 'reap-idle', summary: 'Stops idle apps', schedule: 'minutely' }
const hourly: HookEntry = { name: 'prune-temporary', summary: 'Deletes temporary files', schedule: 'hourly' }
const daily: HookEntry = {
  name: 'renew-certificates',
  summary: 'Renews certificates',
  schedule: { daily: ['02:00', '14:30'], spreadMinutes: 360 },
}

it('a timer each minute', () => {
  expect(renderTimer(minutely)).toBe(`[Unit]
Description=Stops idle apps

[Timer]
OnCalendar=minutely
AccuracySec=10s
Unit=hosting-panel-hook@reap-idle.service

[Install]
WantedBy=timers.target
`)
})

it('a timer each hour, at a minute of this server’s own', () => {
  expect(renderTimer(hourly)).toBe(`[Unit]
Description=Deletes temporary files

[Timer]
OnCalendar=hourly
RandomizedDelaySec=59m
FixedRandomDelay=yes
Unit=hosting-panel-hook@prune-temporary.service

[Install]
WantedBy=timers.target
`)
})

it('a timer at times of the day', () => {
  expect(renderTimer(daily)).toBe(`[Unit]
Description=Renews certificates

[Timer]
OnCalendar=*-*-* 02:00
OnCalendar=*-*-* 14:30
RandomizedDelaySec=360m
Persistent=yes
Unit=hosting-panel-hook@renew-certificates.service

[Install]
WantedBy=timers.target
`)
})

it('the crontab of all', () => {
  const hook = '/opt/hosting-panel/current/install/sysvinit/hook'
  expect(renderCrontab([minutely, hourly, daily])).toBe(`# The Hosting Panel's hooks, where there is no systemd.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
* * * * * hosting-panel ${hook} reap-idle
0 * * * * hosting-panel sleep $(shuf -i 0-3540 -n 1); exec ${hook} prune-temporary
0 2 * * * hosting-panel sleep $(shuf -i 0-21600 -n 1); exec ${hook} renew-certificates
30 14 * * * hosting-panel sleep $(shuf -i 0-21600 -n 1); exec ${hook} renew-certificates
`)
})

it('how long they may stay away', () => {
  const pauses = [minutely, hourly, daily].map(({ schedule }) => longestPause(schedule))
  expect(pauses).toEqual([180_000, 10_800_000, 180_000_000])
  expect(readHooks('/nonexistent')).toEqual([])
})
