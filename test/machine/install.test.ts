import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { changed, inside as insideOf, markTime, standInTheWay } from './_bare.ts'
import { giveNpmCache } from './build.ts'
import { copyIn, runInstaller } from './deploy.ts'
import { down, up } from './machine.ts'
import type { Machine } from './machine.ts'
import { ownName, showJournalOnFailure } from './use-machine.ts'

const name = ownName('bare')
const minutes = 60_000
let machine: Machine

beforeAll(async () => {
  machine = await up(name, { kind: 'bare' })
  await giveNpmCache(machine)
  await copyIn(machine)
}, 5 * minutes)

beforeEach(() => showJournalOnFailure(machine))

afterAll(() => down(name), minutes)

const inside = (line: string) => insideOf(machine, line)

test('--dry-run names the steps and the packages, and changes nothing', { timeout: minutes }, async () => {
  await markTime(machine)
  const { code, stdout } = await runInstaller(machine, ['--dry-run'])
  expect(code, stdout).toBe(0)
  expect(stdout).toMatch(/^ +1\. packages /m)
  expect(stdout).toMatch(/^Packages to install: nginx .*mariadb-server/ms)
  expect(stdout).toContain('The panel can be installed here')
  expect((await runInstaller(machine, ['--help'])).stdout).toMatch(/^Usage: install\.sh .*--dry-run/s)
  expect((await runInstaller(machine, ['--purge'])).code).toBe(2)
  expect(await changed(machine)).toBe('')
})

test(
  'what has its ports, and a MySQL, is named with its program, and nothing is changed',
  { timeout: 5 * minutes },
  async () => {
    const ports = [80, 443, 8080, 8081, 3306, 6379]
    await standInTheWay(machine, ports)
    const pid = await inside('systemctl show -P MainPID squatter')
    await markTime(machine)
    for (const args of [[], ['--dry-run']]) {
      const { code, stderr } = await runInstaller(machine, args)
      expect(code).toBe(1)
      for (const port of ports)
        expect(stderr).toMatch(
          new RegExp(
            `Port ${port} is needed for .*, and is taken by systemd-socket-activate \\(process ${pid}: .*-l 80 `,
          ),
        )
      expect(stderr).toContain('MySQL is installed (mysql-server-8.0)')
      expect(stderr).toMatch(/Nothing was changed.*again/s)
    }
    expect(await changed(machine)).toBe('')
    await inside('dpkg -P mysql-server-8.0; rm -r /tmp/mysql*')
    expect((await runInstaller(machine)).stderr).toContain('/var/lib/mysql holds the data of a MySQL server')
    await inside('systemctl stop squatter; rm -r /var/lib/mysql')
  },
)
