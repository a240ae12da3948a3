import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ownServices, ownUnits, unitsUp } from '../../../lib/model/own-units.ts'
import { services } from '../../../lib/panel/alerts/services.ts'

const install = join(import.meta.dirname, '../../../install')

it('health knows each unit that is installed, and no other', () => {
  const installed = readdirSync(`${install}/systemd`).filter((name) =>
    /^hosting-panel.*\.(?:service|socket)$/.test(name),
  )
  expect(Object.keys(ownUnits).sort()).toEqual(installed.sort())
})

it('units that must be up are enabled', () => {
  const enabled = /systemctl enable ([^;]*?)"\$\{timers/.exec(readFileSync(`${install}/units.sh`, 'utf8'))![1]!
  for (const unit of unitsUp) expect(enabled).toContain(unit)
})

it('alerts say what is missing while one is dead', () => {
  for (const name of ownServices) expect(Object.keys(services)).toContain(name)
})
