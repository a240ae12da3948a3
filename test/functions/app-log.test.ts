import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { followLog } from '../../lib/panel/apps/log.ts'

function newLog() {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-log-'))
  const gone = new AbortController()
  onTestFinished(() => {
    gone.abort()
    rmSync(directory, { recursive: true })
  })
  const path = join(directory, 'app.log')
  const read = (count: number) => {
    const next = followLog(path, count, gone.signal)
    const lines: string[] = []
    return async (most: number) => {
      while (lines.length < most) lines.push(...(await next())!.map(({ data }) => data))
      return lines.splice(0, most)
    }
  }
  return { path, read }
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `line ${from + index}`)
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

it('the last lines come first, then those that are written, whole ones only', async () => {
  const { path, read } = newLog()
  writeFileSync(path, `${text(numbered(0, 10))}half`)
  const lines = read(3)
  expect(await lines(3)).toEqual(numbered(7, 10))
  appendFileSync(path, ' a line\nnext\n')
  expect(await lines(2)).toEqual(['half a line', 'next'])
})

it('a slow reader misses nothing when the log is turned over, or emptied', async () => {
  const { path, read } = newLog()
  writeFileSync(path, 'before\n')
  const lines = read(1)
  expect(await lines(1)).toEqual(['before'])
  appendFileSync(path, text(numbered(0, 20_000)))
  expect(await lines(1)).toEqual(['line 0'])
  renameSync(path, `${path}.1`)
  writeFileSync(path, text(numbered(20_000, 20_010)))
  expect(await lines(20_009)).toEqual(numbered(1, 20_010))
  truncateSync(path)
  writeFileSync(path, 'after\n')
  expect(await lines(1)).toEqual(['after'])
})

it('a log that is made later is read from its beginning; a line without an end comes in pieces', async () => {
  const { path, read } = newLog()
  const lines = read(0)
  const first = lines(1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  writeFileSync(path, `first\n${'y'.repeat(150_000)}\n`)
  expect(await first).toEqual(['first'])
  expect((await lines(10)).join('')).toBe('y'.repeat(150_000))
})
