import { untilAnswered, type Api } from '../../machine/http.ts'
import { within, type Machine } from '../../machine/machine.ts'
import { output, writeFile } from '../../machine/sites/_helpers.ts'

const UNITS = ['hosting-panel', 'hosting-panel-agent', 'hosting-panel-supervisor', 'hosting-panel-hook@']
const FILE = '/etc/faketime-test'

const library = (machine: Machine) => output(machine, 'sh', '-c', 'ls /usr/lib/*/faketime/libfaketimeMT.so.1')

/** Its times of files are those of the kernel, and so is its monotonic clock: only what the clock shows is another. */
const dropIn = (preload: string): string => `[Service]
Environment=LD_PRELOAD=${preload}
Environment=FAKETIME_TIMESTAMP_FILE=${FILE}
Environment=FAKETIME_NO_CACHE=1
Environment=FAKETIME_DONT_FAKE_MONOTONIC=1
Environment=DONT_FAKE_MONOTONIC=1
Environment=NO_FAKE_STAT=1
`

/** A clock of the panel's own processes that can be set: the machine shares that of its host. */
export interface FakeClock {
  /** Sets it so many days ahead, and waits until the panel has noticed. */
  set: (days: number) => Promise<void>
  end: () => Promise<void>
}

/** Has the panel's processes ask another clock. */
export async function fakeClock(machine: Machine, panel: Api): Promise<FakeClock> {
  const restart = async () => {
    await output(machine, 'systemctl', 'daemon-reload')
    await output(machine, 'systemctl', 'restart', ...UNITS.slice(0, 3))
    await untilAnswered(machine)
  }
  const place = (unit: string) => `/etc/systemd/system/${unit}.service.d`
  await writeFile(machine, FILE, '+0d\n')
  const text = dropIn((await library(machine)).trim())
  for (const unit of UNITS) {
    await output(machine, 'mkdir', '-p', place(unit))
    await writeFile(machine, `${place(unit)}/faketime.conf`, text)
  }
  await restart()
  await untilClock(panel, 'ok')
  return {
    async set(days) {
      await writeFile(machine, FILE, `${days < 0 ? '' : '+'}${days}d\n`)
      await untilClock(panel, days === 0 ? 'ok' : 'jumped')
    },
    async end() {
      await output(machine, 'rm', '-f', ...UNITS.map((unit) => `${place(unit)}/faketime.conf`), FILE)
      await restart()
    },
  }
}

const untilClock = (panel: Api, state: 'ok' | 'jumped') =>
  within(90, `a clock that is ${state}`, async () => (await panel.get('/health')).body.clock === state || undefined)

/** Runs every hook once, as its timer would. */
export async function runHooks(machine: Machine): Promise<void> {
  const hooks = JSON.parse(await output(machine, 'cat', '/opt/hosting-panel/current/dist/hooks.json')) as {
    name: string
  }[]
  for (const { name } of hooks) await output(machine, 'systemctl', 'start', `hosting-panel-hook@${name}.service`)
}
