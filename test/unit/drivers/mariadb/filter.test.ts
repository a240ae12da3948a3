import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { mapCollations } from '../../../../lib/drivers/mariadb/collations.ts'
import { prepareDump } from '../../../../lib/drivers/mariadb/commands.ts'
import { LINE_TOO_LONG } from '../../../../lib/drivers/mariadb/filter.ts'
import { importNote } from '../../../../lib/drivers/mariadb/import-notes.ts'
import { digitalOcean, lookalike, planetScale, rds, sandboxed } from '../../../machine/databases/_mysql8.ts'

const token = '0123456789abcdef01234567'
const END = `;\nSELECT '${token}';\n`
const collations = { utf8mb4_0900_ai_ci: 'new_ai_ci', utf8mb4_sv_0900_ai_ci: 'new_sv' }

/** Runs the real filter: its text, and what it tells. */
function filter(dump: string | Buffer, longest?: number) {
  const argv = prepareDump(token, collations)
  const args = argv.slice(argv.indexOf('perl') + 1)
  if (longest) args[4] = String(longest)
  const { status, stdout, stderr } = spawnSync('perl', args, { input: Buffer.from(dump), maxBuffer: 100_000_000 })
  return { status, text: stdout.toString('latin1'), told: stderr.toString().split('\n').filter(Boolean) }
}
const body = (dump: string | Buffer) => {
  const { status, text } = filter(dump)
  expect([status, text.slice(-END.length)]).toEqual([0, END])
  return Buffer.from(text.slice(0, -END.length), 'latin1').toString()
}
/** Lines that differ, without those that stay. */
const changed = (dump: string) => {
  const after = body(dump).split('\n')
  const before = dump.split('\n')
  expect(after).toHaveLength(before.length)
  return after.filter((line, index) => line !== before[index])
}

describe('a dump of MySQL 8', () => {
  it('loses what belongs to its server, and nothing in a string or a routine', () => {
    const lines = changed(rds)
    expect(lines.filter((line) => line.trim() === '')).toHaveLength(4)
    expect(lines.join('\n')).not.toMatch(/SQL_LOG_BIN|GTID_PURGED|DEFINER=|0900_ai_ci/)
    expect(body(rds)).toContain('BEGIN\nSET @@SESSION.SQL_LOG_BIN= 0;\nEND ;;')
    expect(body(rds)).toContain('SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;\n\n\n--')
    expect(body(rds)).toContain(lookalike.split('\n').slice(1, 3).join('\n').replaceAll("'", "\\'"))
    expect(filter(rds).told).toEqual([
      'left\tGTID_PURGED\t1',
      'left\tSQL_LOG_BIN\t2',
      'mapped\tutf8mb4_0900_ai_ci\tnew_ai_ci\t8',
      'definer\t`admin`@`%`\t5',
    ])
  })
  it('with indented routines, names of utf8mb3 and other delimiters', () =>
    expect(changed(digitalOcean).filter((line) => line.trim() !== '')).toEqual([
      "  `town` varchar(50) COLLATE new_sv NOT NULL DEFAULT '',",
      '  CREATE  PROCEDURE `names`()',
      '     PROCEDURE `towns`() SELECT town FROM old$$',
    ]))
  it('of others', () => {
    expect(changed(planetScale)).toEqual([') ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=new_ai_ci;'])
    expect([changed(sandboxed), filter(sandboxed).told]).toEqual([[' '], []])
  })
  it.each([
    'SET SQL_LOG_BIN=0;',
    'set session sql_log_bin = OFF ;',
    "SET GLOBAL gtid_purged='a;b';",
    "CHANGE MASTER TO MASTER_LOG_FILE='a', MASTER_LOG_POS=4;",
    "CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='a';",
  ])('in other words: %s', (statement) =>
    expect(body(`SELECT 1;\n${statement} SELECT 2;\n`)).toBe('SELECT 1;\n SELECT 2;\n'),
  )
})

describe('what stays for the server to judge', () => {
  it.each([
    'SET SQL_LOG_BIN=0, GLOBAL general_log=1;',
    'SET GLOBAL general_log_file="x";',
    'SELECT @@SESSION.SQL_LOG_BIN;',
    'INSERT INTO t VALUES (\'a\nSET @@SESSION.SQL_LOG_BIN= 0;\n\',"\nSET SQL_LOG_BIN=0;\n", `\nutf8mb4_0900_ai_ci`);',
    "INSERT INTO t VALUES (1)/* ' */,(-1),(--1),('\\\\'),('\\''),('');\n",
    "/* it's\nSET SQL_LOG_BIN=0; */ SELECT 1; -- it's\n# it's\nSELECT 'SET SQL_LOG_BIN=0;';",
    'DELIMITER //\nCREATE PROCEDURE p() BEGIN\nSET SQL_LOG_BIN=0; END//\nDELIMITER ;\n',
    'SELECT 1 / 2 * 3 - 4 # /* \n-- /*\n;',
  ])('%s', (dump) => expect(body(`${dump}\n`)).toBe(`${dump}\n`))
})

describe('a stream', () => {
  it('reads the same wherever its parts end', () => {
    const wanted = body(rds)
    for (let shift = 0; shift < 400; shift += 7) {
      const padding = `-- ${'x'.repeat(262_144 - 400 + shift)}\n`
      expect(body(padding + rds) === padding + wanted, String(shift)).toBe(true)
    }
  })
  it('leaves strings of any length and any bytes as they are', () => {
    const bytes = Buffer.from(
      Array.from({ length: 400_000 }, (_, at) => at % 256).filter((byte) => ![39, 92].includes(byte)),
    )
    const dump = Buffer.concat([
      Buffer.from("INSERT INTO t VALUES ('"),
      bytes,
      Buffer.from(`'),('${"\\'".repeat(200_000)}');\nSET SQL_LOG_BIN=0;\n`),
    ])
    const [kept] = dump.toString('latin1').split('\nSET SQL_LOG_BIN=0;')
    expect(filter(dump).text === `${kept}\n\n${END}`).toBe(true)
  })
  it('ends at a line that is longer than any row', () => {
    expect(filter(`SELECT '${'x'.repeat(3_000_000)}';\n`, 1_000_000).status).toBe(LINE_TOO_LONG)
    expect(filter(`SELECT '${'x\n'.repeat(1_500_000)}';\n`, 1_000_000).status).toBe(0)
  })
  it('with what is open at its end has no more than the token', () => {
    for (const open of ["SELECT 'a\\", 'SELECT "', '/* *', '--', 'SELECT `', 'SET GLOBAL gtid_purged=', '/', '-', 'x'])
      expect(filter(open).text.endsWith(`\n${END}`), open).toBe(true)
  })
  it('tells of twenty definers at most, in plain letters', () => {
    const many = Array.from(
      { length: 50 },
      (_, at) => `CREATE DEFINER=\`a\u0007${at}\`@\`%\` VIEW v${at} AS SELECT 1;\n`,
    )
    const { told } = filter(many.join(''))
    expect([told.length, told[0]]).toEqual([20, 'definer\t`a?0`@`%`\t1'])
  })
})

describe('collations of MySQL 8', () => {
  const old = new Set(['utf8mb4_unicode_520_nopad_ci', 'utf8mb4_nopad_bin', 'utf8mb4_general_ci'])
  it('on MariaDB 10.11 are those of Unicode 14', () =>
    expect(
      mapCollations(new Set([...old, 'uca1400_nopad_ai_ci', 'uca1400_nopad_as_cs', 'uca1400_swedish_nopad_ai_ci'])),
    ).toMatchObject({
      utf8mb4_0900_ai_ci: 'utf8mb4_uca1400_nopad_ai_ci',
      utf8mb4_0900_as_cs: 'utf8mb4_uca1400_nopad_as_cs',
      utf8mb4_ja_0900_as_cs_ks: 'utf8mb4_uca1400_nopad_as_cs',
      utf8mb4_sv_0900_ai_ci: 'utf8mb4_uca1400_swedish_nopad_ai_ci',
      utf8mb4_zh_0900_as_cs: 'utf8mb4_uca1400_nopad_as_cs',
      utf8mb4_0900_bin: 'utf8mb4_nopad_bin',
    }))
  it('on MariaDB 10.6 merge no texts that were two', () =>
    expect(mapCollations(old)).toMatchObject({
      utf8mb4_0900_ai_ci: 'utf8mb4_unicode_520_nopad_ci',
      utf8mb4_sv_0900_ai_ci: 'utf8mb4_unicode_520_nopad_ci',
      utf8mb4_0900_as_ci: 'utf8mb4_nopad_bin',
      utf8mb4_0900_as_cs: 'utf8mb4_nopad_bin',
    }))
  it('keep their names where they are known', () =>
    expect(mapCollations(new Set([...old, 'utf8mb4_0900_ai_ci'])).utf8mb4_0900_ai_ci).toBeUndefined())
})

it('says what was done', () => {
  expect(importNote('left\tGTID_PURGED\t1')).toBe(
    'Left out once: a statement about GTID_PURGED. It belongs to the server that wrote the dump, and changes ' +
      'nothing in the database',
  )
  expect(importNote('mapped\ta\tb\t3')).toMatch(/^Renamed 3 times: the collation a to b, /)
  expect(importNote("definer\t'admin'@'%'\t2")).toMatch(/^Left out 2 times: the definer 'admin'@'%'\. /)
  expect([importNote('definer\t`hosting-panel-db-0a1b`@`localhost`\t2'), importNote('Out of memory!')]).toEqual([
    null,
    null,
  ])
})
