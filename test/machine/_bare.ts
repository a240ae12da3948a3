import { expect } from 'vitest'
import type { Machine } from './machine.ts'

/** Output of a shell line that has to succeed inside. */
export async function inside(machine: Machine, line: string): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(['sh', '-ec', line])
  expect(code, stdout + stderr).toBe(0)
  return stdout.trim()
}

/** Makes `/before`, and waits until what is made from now on is newer. */
export const markTime = (machine: Machine): Promise<string> =>
  inside(machine, 'touch /before /tmp/tick; until [ /tmp/tick -nt /before ]; do touch /tmp/tick; done')

/** Files that the installer has changed since `/before` was made. */
export const changed = (machine: Machine): Promise<string> =>
  inside(machine, 'find /etc /opt /usr /var /root -xdev -newer /before ! -type d ! -path "/var/log/*"')

/** Has `squatter` listen on these ports, and installs a package that calls itself MySQL. */
export const standInTheWay = (machine: Machine, ports: readonly number[]): Promise<string> =>
  inside(
    machine,
    `systemd-run --unit=squatter systemd-socket-activate ${ports.map((port) => `-l ${port}`).join(' ')} sleep 1000
    mkdir -p /tmp/mysql/DEBIAN /var/lib/mysql && touch /var/lib/mysql/mysql.ibd
    printf 'Package: mysql-server-8.0\\nVersion: 8.0\\nArchitecture: all\\nMaintainer: a\\nDescription: a\\n' \\
      >/tmp/mysql/DEBIAN/control
    dpkg-deb -b /tmp/mysql /tmp/mysql.deb && dpkg -i /tmp/mysql.deb`,
  )

/** Starts hooks as timers, nginx and an app that ends do, all the while that something is done. */
export async function amongHooks<T>(machine: Machine, work: () => Promise<T>): Promise<T> {
  const hooks = 'hosting-panel-hook@reap-idle hosting-panel-hook@sweep'
  await inside(machine, `systemd-run --unit=hooks sh -c 'while :; do systemctl start --no-block ${hooks}; done'`)
  try {
    return await work()
  } finally {
    await inside(machine, 'systemctl stop hooks; systemctl reset-failed')
  }
}
