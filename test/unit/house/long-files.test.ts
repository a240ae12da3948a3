import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const MOST = 220

const lengthOf = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0)

/** Committed code; a file that is deleted and not committed yet is still listed. */
const code = execFileSync('git', ['ls-files', '-z', '*.ts', '*.js', '*.vue', '*.sh', '*.py'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((name) => name && existsSync(join(root, name)))

/** Files without an ending that begin with the program that runs them. */
const scripts = execFileSync('git', ['grep', '-lIE', '-m1', '^#!', '--', ':!*.*'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((name) => name && existsSync(join(root, name)))

const long = [...code, ...scripts].filter((name) => lengthOf(readFileSync(join(root, name), 'utf8')) > MOST)

it('no file of code is too long: split it by noun, or by what is tried', () => {
  expect(code.length).toBeGreaterThan(500)
  expect(scripts).toContain('install/run-app')
  expect(long).toEqual([])
})

it('a file that is too long would be seen (control)', () => {
  expect(lengthOf('a\n'.repeat(MOST))).toBe(MOST)
  expect(lengthOf(`${'a\n'.repeat(MOST)}b`)).toBe(MOST + 1)
})
