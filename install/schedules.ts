import type { HookEntry, Schedule } from '../lib/model/hooks.ts'

function times(schedule: Schedule): string {
  if (schedule === 'minutely') return 'OnCalendar=minutely\nAccuracySec=10s\n'
  if (schedule === 'hourly') return 'OnCalendar=hourly\nRandomizedDelaySec=59m\nFixedRandomDelay=yes\n'
  return [
    ...schedule.daily.map((time) => `OnCalendar=*-*-* ${time}\n`),
    `RandomizedDelaySec=${schedule.spreadMinutes}m\nPersistent=yes\n`,
  ].join('')
}

/** Writes the timer of a hook (systemd.timer(5)). */
export const renderTimer = ({ name, summary, schedule }: HookEntry): string => `[Unit]
Description=${summary}

[Timer]
${times(schedule)}Unit=hosting-panel-hook@${name}.service

[Install]
WantedBy=timers.target
`

function lines({ name, schedule }: HookEntry): string[] {
  const hook = `/opt/hosting-panel/current/install/sysvinit/hook ${name}`
  if (schedule === 'minutely') return [`* * * * * hosting-panel ${hook}`]
  if (schedule === 'hourly') return [`0 * * * * hosting-panel sleep $(shuf -i 0-3540 -n 1); exec ${hook}`]
  return schedule.daily.map((time) => {
    const [hour, minute] = time.split(':').map(Number)
    return `${minute} ${hour} * * * hosting-panel sleep $(shuf -i 0-${schedule.spreadMinutes * 60} -n 1); exec ${hook}`
  })
}

/** Writes the crontab of all hooks, for servers without systemd (crontab(5), with the user's column). */
export const renderCrontab = (hooks: readonly HookEntry[]): string =>
  `# The Hosting Panel's hooks, where there is no systemd.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
${hooks.flatMap(lines).join('\n')}
`
