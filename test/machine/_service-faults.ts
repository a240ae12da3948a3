import type { Machine } from './machine.ts'
import { output, writeFile } from './sites/_helpers.ts'

/** A fault of a service: what brings it about, what ends it, and the code of the refusal. */
export interface Fault {
  begin: (machine: Machine) => Promise<unknown>
  end: (machine: Machine) => Promise<unknown>
  code: string
}

const sh = (machine: Machine, script: string) => output(machine, 'sh', '-ec', script)

/** Puts a program in the place of another. The agent finds /usr/local/sbin first. */
export const standIn = (name: string, script: string) => ({
  begin: async (machine: Machine) => {
    await writeFile(machine, `/usr/local/sbin/${name}`, `#!/bin/sh\n${script}\n`)
    await sh(machine, `chmod 755 /usr/local/sbin/${name}`)
  },
  end: (machine: Machine) => sh(machine, `rm /usr/local/sbin/${name}`),
})

/** Has systemd start something else as a service. */
export const startsInstead = (unit: string, type: string, command: string) => ({
  begin: async (machine: Machine) => {
    await sh(machine, `mkdir -p /run/systemd/system/${unit}.d`)
    await writeFile(
      machine,
      `/run/systemd/system/${unit}.d/fault.conf`,
      `[Service]\nType=${type}\nExecStartPre=\nExecStart=\nExecStart=${command}\nExecStartPost=\nRestart=no\n`,
    )
    await sh(machine, 'systemctl daemon-reload')
  },
  end: (machine: Machine) =>
    sh(
      machine,
      `rm -r /run/systemd/system/${unit}.d; systemctl daemon-reload; systemctl reset-failed; systemctl restart ${unit}`,
    ),
})
