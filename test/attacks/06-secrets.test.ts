import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { client } from '../machine/http.ts'
import { output, sharedCookie, target, type Target } from './_attack.ts'

let on: Target
beforeAll(async () => {
  on = await target()
})
// The panel counts what strangers ask in memory: the next attacks begin with a clean sheet.
afterAll(() => output(on.machine, 'systemctl', 'restart', 'hosting-panel.service'))

it('no word of the repository opens a session or is a token', async () => {
  const root = join(import.meta.dirname, '../..')
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name && !/package-lock|\.(png|svg|ico)$/.test(name))
  const words = [
    ...new Set(names.flatMap((name) => readFileSync(join(root, name), 'utf8').match(/[A-Za-z0-9_-]{16,100}/g) ?? [])),
  ].slice(0, 2_000)
  expect(words.length).toBeGreaterThan(200)
  for (let at = 0; at < words.length; at += 50) {
    const answers = await Promise.all(
      words
        .slice(at, at + 50)
        .flatMap((word) => [
          client(on.machine, `__Host-session=${word}`).get('/session'),
          client(on.machine).get('/session', { authorization: `Bearer ${word}` }),
        ]),
    )
    expect(answers.filter(({ status }) => status !== 401 && status !== 429)).toEqual([])
  }
  expect((await client(on.machine, sharedCookie(on.machine)).get('/session')).status, 'a real one does (control)').toBe(
    200,
  )
}, 300_000)
