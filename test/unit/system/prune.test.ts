import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prune, turnOver, unusedFor } from '../../../lib/system/prune.ts'

let place: string
beforeEach(() => (place = mkdtempSync(join(tmpdir(), 'prune-'))))
afterEach(() => rmSync(place, { recursive: true, force: true }))

const write = (name: string, text = ''): string => {
  writeFileSync(join(place, name), text)
  return join(place, name)
}
const OLD = new Date('2020-01-01')
const age = (path: string): void => utimesSync(path, OLD, OLD)
const isOld = ({ mtimeMs }: { mtimeMs: number }) => mtimeMs < Date.now() - 3_600_000

describe('files that are selected', () => {
  it('go, with empty folders, and the others stay', async () => {
    write('new')
    age(write('old'))
    mkdirSync(join(place, 'full'))
    write('full/new')
    age(write('full/old'))
    mkdirSync(join(place, 'empty'))
    for (const folder of ['full', 'empty']) age(join(place, folder))
    expect(await prune(place, isOld)).toBe(3)
    expect(readdirSync(place).sort()).toEqual(['full', 'new'])
    expect(readdirSync(join(place, 'full'))).toEqual(['new'])
  })

  it('go themselves where they are links, and not what these lead to', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'))
    const tree = join(place, 'tree')
    mkdirSync(tree)
    writeFileSync(join(outside, 'kept'), '')
    age(join(outside, 'kept'))
    symlinkSync(outside, join(tree, 'folder'))
    symlinkSync(join(outside, 'kept'), join(tree, 'file'))
    expect(await prune(tree, () => true)).toBe(2)
    expect([readdirSync(tree), readdirSync(outside)]).toEqual([[], ['kept']])
    symlinkSync(outside, join(place, 'top'))
    expect(await prune(join(place, 'top'), () => true)).toBe(0)
    expect(existsSync(join(outside, 'kept'))).toBe(true)
    rmSync(outside, { recursive: true })
  })

  it('stay where they are pipes, and nothing waits for them', async () => {
    execFileSync('mkfifo', [join(place, 'pipe')])
    expect(await prune(place, () => true)).toBe(0)
  })

  it('may be gone altogether', async () => expect(await prune(join(place, 'none'), () => true)).toBe(0))
})

it('a file is unused since it was last read, written or changed', () => {
  const times = { atimeMs: 5, mtimeMs: 3, ctimeMs: 4 } as never
  expect(unusedFor(times, (at) => 10 - at)).toBe(5)
})

describe('a log', () => {
  const over = () => turnOver(place, 'php.log', { size: 3, kept: 2 })

  it('is turned over when it has grown, and the oldest goes', () => {
    for (const text of ['first', 'second', 'third', 'fourth']) {
      write('php.log', text)
      expect(over()).toBe(true)
    }
    expect(readdirSync(place).sort()).toEqual(['php.log.1', 'php.log.2'])
    write('php.log', 'abc')
    expect(over()).toBe(false)
  })

  it('is left where there is a link, a folder in its way, or no folder of logs', () => {
    symlinkSync('/etc/passwd', join(place, 'php.log'))
    expect(over()).toBe(false)
    rmSync(join(place, 'php.log'))
    write('php.log', 'long enough')
    mkdirSync(join(place, 'php.log.1'))
    write('php.log.1/file')
    expect(over()).toBe(true)
    expect(turnOver(join(place, 'none'), 'php.log', { size: 0, kept: 1 })).toBe(false)
  })
})
