import { api } from '../machine/http.ts'
import { install } from '../machine/deploy.ts'
import { down, up } from '../machine/machine.ts'
import { row } from './_table.ts'

/** Prints the exposure of each of the panel's services by `systemd-analyze security`, of 10: less is better. */
const machine = await up('bench-exposure')
try {
  await install(machine)
  await api(machine)
  const { stdout } = await machine.sh([
    'sh',
    '-c',
    `cd /etc/systemd/system && for unit in hosting-panel*.service; do
    systemd-analyze security --no-pager "$(echo "$unit" | sed 's/@[.]/@x./')" | sed -n 's/.*level for //p'; done`,
  ])
  for (const line of stdout.trim().split('\n')) {
    const [unit = '', exposure = ''] = line.split(/:\s+| /)
    row(`exposure of ${unit}`, exposure, 'the bounds of test/attacks/35')
  }
} finally {
  await down('bench-exposure')
}
