import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { migrate } from '../../../lib/panel/store/migrate.ts'
import { ownDirectory } from './_store.ts'

it('a step that another process has run since one looked is not run again', () => {
  const path = join(ownDirectory(), 'panel.db')
  const [one, other] = [new BetterSqlite(path), new BetterSqlite(path)]
  const steps = ['CREATE TABLE a (x)', 'CREATE TABLE b (x)']
  const entries = () => {
    migrate(other, path, steps)
    return steps.entries()
  }
  migrate(one, path, Object.assign([...steps], { entries }))
  expect(one.pragma('user_version', { simple: true })).toBe(2)
})

it('processes that open a new database at once do not get into each other’s way', async () => {
  const directory = ownDirectory()
  const open = join(import.meta.dirname, '../../../lib/panel/store/open.ts')
  const ended = Array.from({ length: 12 }, (_, i) => {
    const path = JSON.stringify(join(directory, `${i % 3}.db`))
    const script = `await (await import(${JSON.stringify(open)})).openStore(${path})`
    return once(
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] }),
      'exit',
    )
  })
  expect((await Promise.all(ended)).map(([code]) => code)).toEqual(Array(12).fill(0))
}, 60_000)
