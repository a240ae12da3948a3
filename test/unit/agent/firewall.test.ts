import { expect, it } from 'vitest'
import { timeLeft } from '../../../lib/agent/firewall/time-left.ts'

const now = Date.parse('2026-11-30T12:00:00.000Z')

it.each([
  ['2026-11-30T12:01:00.000Z', 60_000],
  ['2026-11-30T12:00:20.000Z', 20_000],
  ['2026-11-30T12:00:00.000Z', 0],
  ['2025-10-26T12:00:30.000Z', 0],
  ['2028-01-04T12:00:30.000Z', 0],
  ['2026-12-01T12:00:30.000Z', 0],
])('a change of the firewall that is undone at %s waits for %d ms', (undoAt, expected) => {
  expect(timeLeft(undoAt, 60_000, now)).toBe(expected)
})
