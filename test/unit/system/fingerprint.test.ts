import { chmodSync, mkdtempSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fingerprint } from '../../../lib/system/fingerprint.ts'

it('differs after every change of what it looks at, and stays without one', () => {
  const place = mkdtempSync(join(tmpdir(), 'fingerprint-'))
  const at = (name: string) => join(place, name)
  const look = () => fingerprint([place, join(place, 'missing')], (name) => name !== 'ignored')
  mkdirSync(at('folder'))
  writeFileSync(at('folder/a'), 'one')
  const seen = [look()]
  for (const change of [
    () => writeFileSync(at('folder/a'), 'two'),
    () => chmodSync(at('folder/a'), 0o600),
    () => symlinkSync('a', at('folder/b')),
    () => renameSync(at('folder/b'), at('folder/c')),
    () => rmSync(at('folder/c')),
  ]) {
    change()
    seen.push(look())
    expect(look()).toBe(seen.at(-1))
  }
  expect(new Set(seen).size).toBe(seen.length - 1)
  expect(seen.at(-1), 'a link that came and went').toBe(seen[2])
  writeFileSync(at('folder/ignored'), 'x')
  expect(look()).toBe(seen.at(-1))
  rmSync(place, { recursive: true })
})
