import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const MOST = 120

/** Files that npm writes, and prose, where a paragraph is a line. */
const spared = ['package-lock.json', 'CHANGELOG.md', 'README.md', 'lib/README.md']

/** Committed files that are text; one that is deleted and not committed yet is still listed. */
const texts = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((name) => name && !spared.includes(name) && existsSync(join(root, name)))
  .map((name): [string, string] => [name, readFileSync(join(root, name), 'utf8')])
  .filter(([, text]) => !text.includes('\0'))

/** Lines that are too long, by characters: an editor shows no bytes. */
const longLines = (name: string, text: string): string[] =>
  text.split('\n').flatMap((line, index) => {
    const { length } = [...line]
    return length > MOST ? [`${name}:${index + 1} has ${length} characters`] : []
  })

it('no line of a committed file is too long', () => {
  expect(texts.length).toBeGreaterThan(500)
  expect(texts.flatMap(([name, text]) => longLines(name, text))).toEqual([])
})

it('a line that is too long would be seen (control)', () => {
  const longest = '’'.repeat(MOST)
  expect(longLines('a.ts', `${longest}\nb\n${longest}`)).toEqual([])
  expect(longLines('a.ts', `b\n${longest}c\n`)).toEqual(['a.ts:2 has 121 characters'])
  expect(longLines('a.ts', `${longest}c`)).toEqual(['a.ts:1 has 121 characters'])
})
