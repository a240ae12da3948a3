import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { pruneTemporary } from '../../../lib/agent/sites/temporary.ts'
import { paths } from '../../../lib/model/paths.ts'
import { agesAt } from '../../_clock.ts'

const domain = 'a.test'
let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'temporary-'))
  Object.assign(paths, { websites: place })
  for (const name of ['tmp', 'sessions', 'logs']) mkdirSync(join(place, domain, name), { recursive: true })
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const inside = (path: string) => join(place, domain, path)
const DAY_MS = 86_400_000
const prune = (sessionSeconds: number | null, aheadMs: number) =>
  pruneTemporary([{ domain, phpVersion: null, sessionSeconds }], agesAt(Date.now() + aheadMs))

it('a temporary file goes ten days after it was last used, and a folder once it is empty', async () => {
  mkdirSync(inside('tmp/folder'))
  writeFileSync(inside('tmp/folder/file'), '')
  writeFileSync(inside('tmp/read-later'), '')
  expect(await prune(null, 10 * DAY_MS - 60_000)).toEqual({ removed: 0, logs: 0 })
  const later = new Date(Date.now() + DAY_MS)
  utimesSync(inside('tmp/read-later'), later, new Date())
  expect(await prune(null, 10 * DAY_MS + 60_000)).toEqual({ removed: 1, logs: 0 })
  expect(readdirSync(inside('tmp')).sort()).toEqual(['folder', 'read-later'])
  expect(await prune(null, 11 * DAY_MS + 60_000)).toEqual({ removed: 2, logs: 0 })
})

it('a session goes at the site’s own time, and else at PHP’s; other files in its folder stay', async () => {
  for (const name of ['sess_a', 'mine']) writeFileSync(inside(`sessions/${name}`), '')
  expect(await prune(7200, 7_140_000)).toMatchObject({ removed: 0 })
  expect(await prune(null, 1_380_000)).toMatchObject({ removed: 0 })
  expect(await prune(7200, 7_260_000)).toMatchObject({ removed: 1 })
  writeFileSync(inside('sessions/sess_b'), '')
  expect(await prune(null, 1_500_000)).toMatchObject({ removed: 1 })
  expect(readdirSync(inside('sessions'))).toEqual(['mine'])
})

it('a log that has grown is turned over; a site that is gone holds up no other', async () => {
  writeFileSync(inside('logs/php.log'), 'x'.repeat(5_000_001))
  const gone = { domain: 'gone.test', phpVersion: null, sessionSeconds: null }
  const { logs } = await pruneTemporary([gone, { ...gone, domain }], agesAt())
  expect([logs, existsSync(inside('logs/php.log')), existsSync(inside('logs/php.log.1'))]).toEqual([1, false, true])
})
