import { describe, expect, it } from 'vitest'
import { hookProblem, isMissing, parseUnits, problemOf, type Unit } from '../../../lib/drivers/systemd/units.ts'

const unit = (changes: Partial<Unit> = {}): Unit => ({
  name: 'a.service',
  load: 'loaded',
  active: 'active',
  sub: 'running',
  result: 'success',
  activeSince: 0,
  lastTrigger: 0,
  ...changes,
})

it('reads units that systemctl shows, in the order asked', () => {
  const [timer, missing, ...more] = parseUnits(`LastTriggerUSec=Sun 2026-11-29 01:03:00 UTC
Result=success
Id=a.timer
LoadState=loaded
ActiveState=active
SubState=waiting
ActiveEnterTimestamp=Sun 2026-11-29 00:59:56 UTC

Result=success
Id=nosuch.service
LoadState=not-found
ActiveState=inactive
SubState=dead
ActiveEnterTimestamp=
`)
  expect(timer).toEqual(
    unit({
      name: 'a.timer',
      sub: 'waiting',
      activeSince: Date.UTC(2026, 10, 29, 0, 59, 56),
      lastTrigger: Date.UTC(2026, 10, 29, 1, 3),
    }),
  )
  expect([missing!.name, isMissing(missing!), missing!.activeSince, isMissing(timer!)]).toEqual([
    'nosuch.service',
    true,
    0,
    false,
  ])
  expect([more, parseUnits('')]).toEqual([[], []])
})

describe('a unit that should be active', () => {
  it.each<[Partial<Unit>, string | null]>([
    [{}, null],
    [{ active: 'reloading', sub: 'reload' }, null],
    [{ active: 'inactive', sub: 'dead' }, 'is stopped'],
    [{ active: 'inactive', sub: 'dead', load: 'masked' }, 'is masked, so that nothing can start it'],
    [{ active: 'inactive', sub: 'dead', load: 'not-found' }, 'is not installed'],
    [{ active: 'failed', sub: 'failed', result: 'exit-code' }, 'has failed (exit-code)'],
    [
      { active: 'activating', sub: 'auto-restart', result: 'signal' },
      'ends after each start, and is started again and again (signal)',
    ],
    [{ active: 'activating', sub: 'start' }, 'is starting'],
    [{ active: 'deactivating', sub: 'stop' }, 'is stopping'],
  ])('%o: %s', (state, problem) => expect(problemOf(unit(state))).toBe(problem))
})

describe('a hook', () => {
  const minute = 60_000
  const now = Date.UTC(2026, 10, 29)
  const timer = (changes: Partial<Unit> = {}) =>
    unit({ name: 'h.timer', sub: 'waiting', activeSince: now - 99 * minute, lastTrigger: now - minute, ...changes })
  const idle = unit({ active: 'inactive', sub: 'dead' })
  const problem = (one: Unit, service = idle) => hookProblem(one, service, 3 * minute, now)

  it('is well while its timer waits and its last run went well', () => {
    expect([problem(timer()), problem(timer(), unit({ active: 'activating', sub: 'start' }))]).toEqual([null, null])
  })
  it('of a timer that has just begun has time', () =>
    expect(problem(timer({ lastTrigger: 0, activeSince: now - minute }))).toBeNull())
  it('says what is wrong', () => {
    expect(problem(timer({ active: 'inactive' }))).toBe('is not scheduled: h.timer is stopped')
    expect(problem(timer(), unit({ active: 'failed', result: 'signal' }))).toBe('failed when it was last run (signal)')
    expect(problem(timer({ lastTrigger: now - 9 * minute }))).toBe('has not run for 9 minutes')
  })
  it('that ran, it seems, at a time that is still to come is measured by the other time', () => {
    const ahead = now + 400 * 1440 * minute
    expect(problem(timer({ lastTrigger: ahead }))).toBe('has not run for 99 minutes')
    expect(problem(timer({ lastTrigger: ahead, activeSince: ahead }))).toBeNull()
  })
})
