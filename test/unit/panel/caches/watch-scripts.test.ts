import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { busyMeter } from '../../../../lib/panel/caches/watch-scripts.ts'
import { cpuOfService } from '../../../../lib/proc/cpu.ts'

it('Redis is busy when it took more than a tenth of a processor since the last look', () => {
  let used: number | null = 100
  const isBusy = busyMeter(() => used)
  const look = (now: number, spent: number | null) => {
    used = spent
    return isBusy(now)
  }
  expect([look(0, 5_000), look(2_000, 5_150), look(4_000, 5_400)]).toEqual([false, false, true])
  expect([look(6_000, null), look(8_000, 9_000), look(10_000, 0), look(12_000, 300)]).toEqual([
    false,
    false,
    false,
    true,
  ])
})

it('the time that a service took is its control group’s', () => {
  const root = mkdtempSync(join(tmpdir(), 'cpu-'))
  mkdirSync(join(root, 'system.slice/a.service'), { recursive: true })
  writeFileSync(join(root, 'system.slice/a.service/cpu.stat'), 'usage_usec 1234000\nuser_usec 1\n')
  expect([cpuOfService('a', ['/nowhere', root]), cpuOfService('b', [root])]).toEqual([1234, null])
})
