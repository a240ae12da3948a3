import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readAges } from '../../../../lib/agent/clock/clock.ts'
import { followClock } from '../../../../lib/agent/clock/follow.ts'
import type { Reading } from '../../../../lib/model/clock.ts'
import { paths } from '../../../../lib/model/paths.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]
const START = Date.parse('2026-11-23T10:15:00Z')

const machine = vi.hoisted(() => ({
  now: { boot: 'a', monotonic: 0, wall: 0 } as Reading,
  synchronised: null as boolean | null,
  asked: 0,
  isDown: false,
  isFull: false,
  bans: [] as { address: string; jail: string; since: string | null }[],
  done: [] as string[],
}))
vi.mock('../../../../lib/drivers/clock/index.ts', () => ({
  readClock: () => Promise.resolve({ ...machine.now }),
  isSynchronised: () => Promise.resolve((machine.asked++, machine.synchronised)),
}))
vi.mock('../../../../lib/drivers/fail2ban/index.ts', () => ({
  isInstalled: () => true,
  listBans: () => (machine.isDown ? Promise.reject(new Error('it does not run')) : Promise.resolve(machine.bans)),
  unban: (address: string, jail: string) => Promise.resolve(machine.done.push(`unban ${address} ${jail}`)),
}))
vi.mock('../../../../lib/drivers/nginx/pages.ts', () => ({
  flushPages: (domain: string) => Promise.resolve(machine.done.push(`flush ${domain}`)),
}))
vi.mock('../../../../lib/drivers/systemd/index.ts', () => ({
  hasSystemd: () => true,
  rewindTimers: (now: number) => Promise.resolve(machine.done.push(`timers ${now - machine.now.wall}`)),
}))
vi.mock('../../../../lib/system/files.ts', async (original) => ({
  ...(await original<typeof import('../../../../lib/system/files.ts')>()),
  writeAtomically: (path: string, text: string) =>
    machine.isFull ? Promise.reject(new Error('ENOSPC')) : Promise.resolve(writeFileSync(path, text)),
  listDirectory: () => Promise.resolve(['a.test', '.trash']),
}))

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'clock-'))
  Object.assign(paths, { clock: join(place, 'clock.json') })
  Object.assign(machine, { synchronised: null, asked: 0, isFull: false, bans: [], done: [] })
  machine.now = { boot: 'a', monotonic: 0, wall: START }
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(place, { recursive: true, force: true })
})

const pass = (ms: number, set = 0) => {
  machine.now.monotonic += ms
  machine.now.wall += ms + set
}

it('the record is kept from look to look; one that cannot be read is begun anew', async () => {
  await followClock()
  pass(10 * DAY, 400 * DAY)
  expect((await readAges())(START)).toBe(10 * DAY)
  writeFileSync(paths.clock, '{"boot":')
  expect((await readAges())(START)).toBe(410 * DAY)
  expect(JSON.parse(readFileSync(paths.clock, 'utf8'))).toMatchObject({ wasSetBack: false })
})

it('a disk that is full holds up nothing that is deleted by its age', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  await followClock()
  pass(DAY)
  machine.isFull = true
  expect((await readAges())(START)).toBe(DAY)
})

it('a clock that was set back has timers, bans and pages corrected, once', async () => {
  await followClock()
  pass(HOUR, 400 * DAY)
  const iso = (ms: number) => new Date(machine.now.wall + ms).toISOString()
  machine.bans = [
    { address: '203.0.113.1', jail: 'sshd', since: iso(0) },
    { address: '203.0.113.2', jail: 'sshd', since: iso(-400 * DAY) },
    { address: '203.0.113.3', jail: 'sshd', since: null },
  ]
  await followClock()
  expect(machine.done).toEqual([])
  pass(HOUR, -400 * DAY)
  await readAges()
  expect((await followClock()).wasSetBack).toBe(false)
  const done = ['timers 0', 'unban 203.0.113.1 sshd', 'flush a.test']
  expect(machine.done).toEqual(done)
  await followClock()
  expect(machine.done).toEqual(done)
})

it('a clock that is behind has timers corrected, and neither bans nor pages', async () => {
  await followClock()
  machine.bans = [{ address: '203.0.113.1', jail: 'sshd', since: new Date(START).toISOString() }]
  pass(HOUR, -DAY)
  await followClock()
  expect(machine.done).toEqual(['timers 0'])
  pass(HOUR, DAY)
  expect((await followClock()).wasSetBack).toBe(false)
  expect(machine.done).toEqual(['timers 0', 'timers 0', 'flush a.test'])
})

it('what fails then is told, done at the next look, and holds up nothing else', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  await followClock()
  pass(HOUR, DAY)
  await followClock()
  pass(HOUR, -DAY)
  machine.isDown = true
  expect((await followClock()).wasSetBack).toBe(true)
  machine.isDown = false
  await followClock()
  expect(machine.done).toEqual(['timers 0', 'flush a.test', 'timers 0', 'flush a.test'])
})

it('the time daemon is asked each half hour, and each time while the clock is in doubt', async () => {
  await followClock()
  pass(20 * 60_000)
  await followClock()
  expect(machine.asked).toBe(1)
  pass(20 * 60_000, 400 * DAY)
  expect((await followClock()).right).not.toBeNull()
  await followClock()
  expect(machine.asked).toBe(3)
  machine.synchronised = true
  expect((await followClock()).right).toBeNull()
  machine.synchronised = false
  pass(HOUR)
  const { lived } = await followClock()
  pass(HOUR)
  expect((await followClock()).unsynchronised).toBe(lived)
})
