import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { defineFunction, type AnyFunction } from '../../../lib/panel/http/define.ts'
import { manifest } from '../../../functions/manifest.ts'
import { openCli } from '../_cli.ts'
import { password, people } from './_user.ts'

it('hands streams on', async () => {
  const { cli } = await openCli()
  await cli(['users', 'create', ...people], { input: password })
  const { exit, out } = await cli(['audit', 'export', '--action', 'user'])
  expect(exit).toBe(0)
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { action: string }).action),
  ).toEqual(['user.create'])
  const file = join(mkdtempSync(join(tmpdir(), 'hosting-panel-')), 'audit.jsonl')
  onTestFinished(() => rmSync(dirname(file), { recursive: true }))
  expect(await cli(['audit', 'export', '--output', file])).toEqual({ exit: 0, out: '', err: '' })
  expect(readFileSync(file, 'utf8')).toBe(out)
  expect(await cli(['audit', 'export', '--output', '/does/not/exist'])).toEqual({
    exit: 2,
    out: '',
    err: 'hosting-panel: /does/not/exist cannot be written: ENOENT\n',
  })
  expect((await cli(['audit', 'export'], { tty: true })).out).toBe(out)
})

const stream = (type: string, text: string): Record<string, AnyFunction> => ({
  ...manifest,
  'GET /api/logs/tail': defineFunction({
    summary: 'Read a log',
    scope: 'server:read',
    stream: type,
    run: () => new Blob([text]).stream(),
  }) as AnyFunction,
})

it('hands a terminal no stream that it would obey', async () => {
  const { cli } = await openCli(stream('text/plain', 'one\x1b[2J\ntwo\n'))
  expect((await cli(['logs', 'tail'])).out).toBe('one\x1b[2J\ntwo\n')
  expect((await cli(['logs', 'tail'], { tty: true })).out).toBe('one\\u001b[2J\ntwo\n')
  const binary = await openCli(stream('application/gzip', '\x1f'))
  expect(await binary.cli(['logs', 'tail'], { tty: true })).toEqual({
    exit: 2,
    out: '',
    err: 'hosting-panel: The answer is not text: add --output FILE\n',
  })
  const events = await openCli(stream('text/event-stream', 'data: {"cpu":1}\n\n'))
  expect((await events.cli(['logs', 'tail'])).out).toBe('{"cpu":1}\n')
})
