import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

let place: string
beforeEach(() => void (place = mkdtempSync(join(tmpdir(), 'releases-'))))
afterEach(() => rmSync(place, { recursive: true }))

const [old, older, last, now] = ['20240102', '20230102', '20250102', '20260102'].map((day) => `${day}T120000-5`)
const [ahead, later, latest] = ['29990101', '29990102', '29990103'].map((day) => `${day}T120000-5`)

/** Removes old releases, and answers those that stay. */
function left(releases: readonly string[], current: string): string[] {
  for (const name of releases)
    for (const folder of ['releases', 'public']) mkdirSync(join(place, folder, name), { recursive: true })
  symlinkSync(join(place, 'releases', current), join(place, 'current'))
  const script = `set -euo pipefail; home=${place} public=${place}/public; . install/release.sh; remove_old_releases`
  execFileSync('bash', ['-c', script])
  expect(readdirSync(join(place, 'public'))).toEqual(readdirSync(join(place, 'releases')))
  return readdirSync(join(place, 'releases')).sort()
}

it.each([
  ['the three newest stay', [older, old, last, now], now, [old, last, now]],
  ['those of a time that is still to come go first', [ahead, later, latest, last, now], now, [last, now, latest]],
  ['the one that runs stays', [older, old, last, now], older, [older, old, last, now]],
])('%s', (_, releases, current, expected) => {
  expect(left(releases as string[], current!)).toEqual(expected)
})
