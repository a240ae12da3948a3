import { expect, it } from 'vitest'
import { columns } from '../../../lib/panel/clock/stored-times.ts'
import { openPanel } from '../_harness.ts'
import { deadlines } from './_deadlines.ts'

/** Names that a column with a time has. */
const time = /(?:^|_)(?:at|until|since|step|try|expires|end|begin|date|time)$/

it('every column with a time is in the list of them, and no other', async () => {
  const { ctx } = await openPanel()
  const found = ctx.db.sqlite
    .prepare(
      'SELECT t.name AS "table", c.name AS column FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE ' +
        "t.type = 'table'",
    )
    .all() as { table: string; column: string }[]
  const names = found.filter(({ column }) => time.test(column)).map(({ table, column }) => `${table}.${column}`)
  expect(names.sort()).toEqual(Object.keys(columns).sort())
})

it('every column that something follows from is tried with a clock that is set', () => {
  const tried = Object.values(deadlines).flatMap(({ of }) => of)
  const decides = Object.entries(columns).filter(([, rule]) => rule !== 'told')
  expect(decides.map(([name]) => name).filter((name) => !tried.includes(name))).toEqual([])
})
