import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { createDatabase, importDump, leftovers, removeDatabase, sql } from './_helpers.ts'
import { digitalOcean, lookalike, planetScale, rds, sandboxed } from './_mysql8.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await createDatabase(panel, 'moved')
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(() => removeDatabase(panel, 'moved'))

/** Imports a dump, which must be taken, and answers what is told of it. */
async function notesOf(dump: string): Promise<string[]> {
  const { error, result } = await importDump(panel, 'moved', dump)
  expect(error).toBeNull()
  return result!.notes as string[]
}

describe('dumps of managed servers', () => {
  it('of Amazon RDS: tables, rows, trigger, event, function and view are there, and the rest is told', async () => {
    const notes = await notesOf(rds)
    expect(notes.map((note) => note.split('.')[0])).toEqual([
      'Left out once: a statement about GTID_PURGED',
      'Left out 2 times: a statement about SQL_LOG_BIN',
      expect.stringMatching(/^Renamed 8 times: the collation utf8mb4_0900_ai_ci to utf8mb4_uca1400_nopad_ai_ci, as/),
      expect.stringMatching(/^Renamed once: the collation utf8mb4_0900_as_cs to utf8mb4_uca1400_nopad_as_cs, as/),
      'Left out 5 times: the definer `admin`@`%`',
    ])
    const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase()
    expect(await sql(machine, 'moved', 'SELECT HEX(note) FROM orders ORDER BY id')).toBe(
      [hex(lookalike), hex("it's; \\"), hex('a\0b\x1ac')].join('\n'),
    )
    expect(await sql(machine, 'moved', "SELECT mail, total, gross FROM orders WHERE mail = 'ann@x.test'")).toBe(
      'ann@x.test\t-2.00\t-2.3800',
    )
    expect(await sql(machine, 'moved', "SELECT twice('ab'), COUNT(*) FROM paid")).toBe('abab\t3')
    expect(
      await sql(
        machine,
        'moved',
        'SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() UNION SELECT DEFINER FROM ' +
          'information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()',
      ),
    ).toMatch(/^hosting-panel-db-[0-9a-f]{12}@localhost$/)
    expect(await leftovers(machine)).toBe('')
  })

  it('of DigitalOcean: utf8mb3, a language’s order, and indented procedures', async () => {
    expect((await notesOf(digitalOcean)).join('\n')).toContain('utf8mb4_uca1400_swedish_nopad_ai_ci')
    expect(await sql(machine, 'moved', 'SHOW CREATE TABLE old').then((text) => text.match(/COLLATE[= ]\w+/g))).toEqual([
      'COLLATE utf8mb3_unicode_ci',
      'COLLATE utf8mb4_uca1400_swedish_nopad_ai_ci',
      'COLLATE=utf8mb3_general_ci',
    ])
    expect(await sql(machine, 'moved', 'CALL names()')).toBe('Zoë\nzoe')
    expect(await sql(machine, 'moved', 'CALL towns()')).toBe('Malmö')
  })

  it('of PlanetScale, and of a newer MariaDB', async () => {
    expect((await notesOf(planetScale)).length).toBe(2)
    expect(await sql(machine, 'moved', "SELECT HEX(id) FROM `keys` WHERE value = 'A'")).toBe('275C')
    expect(await notesOf(sandboxed)).toEqual([])
    expect(await sql(machine, 'moved', 'SELECT a FROM t')).toBe('1')
  })
})
