import { describe, expect, it } from 'vitest'
import { ageOf, believed, jumpOf, look, type ClockRecord } from '../../../lib/model/clock.ts'

const [HOUR, DAY] = [3_600_000, 86_400_000]
const START = Date.parse('2026-11-23T10:15:00Z')

/** A server on which time passes, and whose clock is set. */
function server() {
  const state = { boot: 'first', monotonic: 60_000, wall: START }
  let record: ClockRecord = look(null, state)
  const see = () => (record = look(record, state))
  return {
    runs: (ms: number) => {
      state.monotonic += ms
      state.wall += ms
      return see()
    },
    isSet: (ms: number) => {
      state.wall += ms
      return see()
    },
    isOff: (ms: number) => {
      Object.assign(state, { boot: `${state.boot}+`, monotonic: 20_000, wall: state.wall + ms + 20_000 })
      return see()
    },
    /** Goes on in a container on another host, a minute later. */
    movesTo: (uptime: number) => {
      Object.assign(state, { boot: 'other', monotonic: uptime, wall: state.wall + 60_000 })
      return see()
    },
    now: () => state.wall,
    days: (at: number) => Math.round((ageOf(record)(at) / DAY) * 100) / 100,
    record: () => record,
  }
}

describe('ages', () => {
  it('are those of the clock while it goes steadily, what was noted before the first look included', () => {
    const { runs, days } = server()
    runs(10 * DAY)
    expect([days(START), days(START - 20 * DAY), days(START + 4 * DAY)]).toEqual([10, 30, 6])
  })

  it('do not grow by a jump, and are right when it is taken back', () => {
    const { runs, isSet, now, days } = server()
    runs(10 * DAY)
    isSet(400 * DAY)
    runs(HOUR)
    const ahead = now()
    expect([days(START), days(ahead)]).toEqual([10.04, 0])
    runs(HOUR)
    isSet(-400 * DAY)
    runs(20 * DAY)
    expect([days(START), days(START + 5 * DAY), days(ahead), days(now())]).toEqual([30.08, 25.08, 20.04, 0])
  })

  it('do not grow by a day back and forth: what the clock shows twice counts as the second', () => {
    const { runs, isSet, days } = server()
    runs(10 * DAY)
    isSet(-DAY)
    runs(DAY / 4)
    isSet(DAY)
    expect([days(START), days(START + 9.5 * DAY), days(START + 9.1 * DAY)]).toEqual([10.25, 0.75, 0.15])
  })

  it('do not grow while the server is off, and go on afterwards', () => {
    const { runs, isOff, days, now } = server()
    runs(10 * DAY)
    isOff(12 * DAY)
    expect(days(START)).toBe(10)
    const after = now()
    runs(3 * DAY)
    expect([days(START), days(after)]).toEqual([13, 3])
  })

  it('are right on a server that is off each night', () => {
    const { runs, isOff, days, now } = server()
    for (let day = 0; day < 300; day++) {
      runs(16 * HOUR)
      isOff(8 * HOUR)
    }
    const tonight = now()
    runs(16 * HOUR)
    expect([days(START), days(START + DAY), days(tonight)]).toEqual([200.74, 200.07, 0.67])
  })

  it('do not grow by the time that the host of a container has run', () => {
    const { movesTo, runs, days } = server()
    runs(10 * DAY)
    movesTo(300 * DAY)
    expect(days(START)).toBe(10)
  })

  it('of a time that never was, or is to come, count from a jump, or the first look', () => {
    const { runs, isSet, days, now } = server()
    runs(DAY)
    expect([days(now() + 100 * DAY), days(NaN)]).toEqual([1, 0])
    isSet(400 * DAY)
    runs(DAY)
    expect([days(START + 100 * DAY), days(now() + 100 * DAY)]).toEqual([1, 1])
    isSet(400 * DAY)
    runs(DAY)
    expect([days(START + 100 * DAY), days(now() + 100 * DAY)]).toEqual([2, 1])
  })

  it('take no notice of what a restart or a time daemon changes', () => {
    const { isSet, isOff, runs, record } = server()
    isSet(-50 * 60_000)
    isSet(40 * 60_000)
    isOff(60_000)
    runs(DAY)
    expect([record().stretches.length, record().right, record().wasSetBack]).toEqual([2, null, false])
  })

  it('need a record that stays small', () => {
    const { runs, isOff, record } = server()
    for (let day = 0; day < 1_200; day++) {
      runs(HOUR)
      isOff(8 * HOUR)
    }
    expect(record().stretches).toHaveLength(1_000)
  })
})

describe('a doubt about the clock', () => {
  it('begins with a jump, grows with the next, and ends when it is taken back', () => {
    const { runs, isSet, record } = server()
    runs(DAY)
    expect(jumpOf(isSet(400 * DAY))).toBe(400 * DAY)
    expect(jumpOf(runs(HOUR))).toBe(400 * DAY)
    expect(jumpOf(isSet(-401 * DAY))).toBe(-DAY)
    expect(record().wasSetBack).toBe(true)
    expect(jumpOf(isSet(DAY))).toBe(0)
  })

  it('ends after six hours', () => {
    const { runs, isSet } = server()
    isSet(400 * DAY)
    expect([jumpOf(runs(5 * HOUR)), jumpOf(runs(HOUR))]).toEqual([400 * DAY, 0])
  })

  it.each([
    ['a server that was off for three weeks', 21 * DAY, 0],
    ['one that was off for a year, it seems', 365 * DAY, 365 * DAY],
    ['one whose clock was lost', -20_000 * DAY, -20_000 * DAY],
  ])('of %s', (_, off, expected) => {
    expect(Math.round(jumpOf(server().isOff(off)) / DAY)).toBe(expected / DAY)
  })
})

it('a time of tomorrow is not believed, and one of this minute is', () => {
  expect([believed(START + DAY, START), believed(START + 1, START), believed(START - DAY, START)]).toEqual([
    0,
    START + 1,
    START - DAY,
  ])
})
