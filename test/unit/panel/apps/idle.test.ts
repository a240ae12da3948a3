import { expect, it } from 'vitest'
import { idleApps, type Candidate } from '../../../../lib/panel/apps/idle.ts'

const minute = 60_000
const now = 1_000 * minute
const app = (changes: Partial<Candidate> = {}): Candidate => ({
  domain: 'a.test',
  port: 20_000,
  idleMinutes: 10,
  startedAt: 0,
  lastRequest: now - 11 * minute,
  ...changes,
})
const sleeps = (candidate: Candidate, sockets: { localPort: number; established: boolean }[] = []) =>
  idleApps([candidate], sockets, now).length === 1

it('an app that nobody asked for in its minutes sleeps', () => {
  expect(sleeps(app())).toBe(true)
  expect(sleeps(app({ idleMinutes: 12 }))).toBe(false)
  expect(sleeps(app({ lastRequest: 0 }))).toBe(true)
})

it.each<[string, boolean]>([
  ['that was asked a moment ago', sleeps(app({ lastRequest: now - 9 * minute }))],
  ['that was started a moment ago', sleeps(app({ startedAt: now - minute }))],
  ['whose request, WebSocket or download is under way', sleeps(app(), [{ localPort: 20_000, established: true }])],
  ['that is to stay awake', sleeps(app({ idleMinutes: null }))],
])('an app %s does not', (_, asleep) => expect(asleep).toBe(false))

it('other ports, and a port that only listens, say nothing', () => {
  expect(
    sleeps(app(), [
      { localPort: 20_001, established: true },
      { localPort: 20_000, established: false },
    ]),
  ).toBe(true)
})
