import { must } from '../_exec.ts'
import { within, type Machine } from '../machine.ts'

export interface Program {
  argv: readonly string[]
  env?: Record<string, string>
  /** systemd's settings, as in a unit file: `User=bind`. */
  settings?: readonly string[]
}

/** A program of the tests that runs inside, until it is stopped, as a transient unit. */
export interface Service {
  /** Output since it was first started here, restarts included. */
  log: () => Promise<string>
  /** End it and start it again, with other arguments maybe. */
  restart: (program: Program) => Promise<void>
  stop: () => Promise<void>
}

/** Output of a command inside, which has to succeed. */
export const inside = (machine: Machine, argv: readonly string[], input?: string): Promise<string> =>
  must(machine.command(argv), { input })

/**
 * Start a program and wait until `ready` does not throw. One of the same name that a killed test left behind is
 * ended first.
 */
export async function startService(
  machine: Machine,
  name: string,
  program: Program,
  ready: () => Promise<unknown>,
): Promise<Service> {
  // Machines share the kernel's control groups: a unit that ended stays loaded while its namesake runs on another.
  const unit = `test-${name}-${machine.name}.service`
  const cursor = /cursor: (\S+)/.exec(await inside(machine, ['journalctl', '--lines=0', '--show-cursor']))?.[1]
  if (!cursor) throw new Error(`${machine.name} has no journal`)
  const log = async () => {
    await inside(machine, ['journalctl', '--sync'])
    return inside(machine, ['journalctl', '--quiet', '--output=cat', `--unit=${unit}`, `--after-cursor=${cursor}`])
  }
  const stop = async () => {
    await machine.sh(['systemctl', 'stop', unit])
  }
  const start = async ({ argv, env = {}, settings = [] }: Program) => {
    await stop()
    await inside(machine, [
      'systemd-run',
      '--quiet',
      '--collect',
      '--service-type=exec',
      `--unit=${unit}`,
      ...settings.map((setting) => `--property=${setting}`),
      ...Object.entries(env).map(([key, value]) => `--setenv=${key}=${value}`),
      '--',
      ...argv,
    ])
    await within(60, unit, () =>
      ready().then(
        () => true,
        () => undefined,
      ),
    ).catch(async (cause: unknown) => {
      const printed = await log()
      await stop()
      throw new Error(`${unit} did not start:\n${printed.slice(-4000)}`, { cause })
    })
  }
  await start(program)
  return { log, restart: start, stop }
}
