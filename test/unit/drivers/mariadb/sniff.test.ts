import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Argv } from '../../../../lib/system/run.ts'

// The account that unpacks is there on a server alone; the program is the same.
vi.mock('../../../../lib/drivers/mariadb/commands.ts', async (original) => {
  const real = await original<typeof import('../../../../lib/drivers/mariadb/commands.ts')>()
  return {
    ...real,
    decompress: (compression: 'gzip' | 'zstd') =>
      real.decompress(compression).slice(real.decompress(compression).indexOf('--core=0') + 2) as unknown as Argv,
  }
})
const { compressionOf, refuseForeign } = await import('../../../../lib/drivers/mariadb/sniff.ts')
const { openFile } = await import('../../../../lib/system/pipeline.ts')

/** Refusal of a file of this content; null when it is taken for SQL. */
async function said(content: string | Buffer): Promise<[compression: string, refusal: string | null]> {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'dump'), content)
  const file = await openFile(join(directory, 'dump'), 'read')
  try {
    const compression = await compressionOf(file)
    const refusal = await refuseForeign(file, compression, (await file.stat()).size).then(
      () => null,
      ({ code, status, message }: { code: string; status: number; message: string }) => `${code} ${status} ${message}`,
    )
    return [compression, refusal]
  } finally {
    await file.close()
  }
}

const header =
  '-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)\n--\n-- Host: localhost    ' +
  'Database: shop\n'
const dumped = `${header}${'INSERT INTO `a` VALUES (1);\n'.repeat(2000)}-- Dump completed on 2026-11-23 10:15:00\n`
const nothing = 'Nothing was changed'
const cutOff =
  'dump_truncated 422 The file is cut off: the line “Dump completed” at its end is missing. Export it again. ' +
  `${nothing}`

it.each<[string, string | Buffer, string]>([
  ['a dump', dumped, 'none'],
  ['a dump of MySQL’s', dumped.replace('MariaDB dump 10.19', 'MySQL dump 10.13'), 'none'],
  ['a dump that begins with the sandbox', `/*M!999999\\- enable the sandbox mode */ \n${dumped}`, 'none'],
  ['a dump without its date', dumped.replace(/ on 2026.*/, ''), 'none'],
  ['SQL by hand', 'CREATE TABLE a (x INT);', 'none'],
  [
    'what phpMyAdmin writes',
    '-- phpMyAdmin SQL Dump\n-- version 5.2.1\nSET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\n',
    'none',
  ],
  ['one byte', ';', 'none'],
  ['a dump, packed with gzip', gzipSync(dumped), 'gzip'],
  [
    'a dump, packed with gzip in two pieces',
    Buffer.concat([gzipSync(dumped.slice(0, 20_000)), gzipSync(dumped.slice(20_000))]),
    'gzip',
  ],
  ['a dump, packed with zstd', zstdCompressSync(dumped), 'zstd'],
  [
    'SQL whose first value is a foreign kind’s beginning',
    "INSERT INTO a VALUES ('SQLite format 3', 'PK\x03\x04', 'PGDMP');",
    'none',
  ],
])('%s is SQL', async (_, content, compression) => expect(await said(content)).toEqual([compression, null]))

const tar = (): Buffer => {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'dump.sql'), dumped)
  return execFileSync('tar', ['--create', '--directory', directory, 'dump.sql'])
}
const packed = (program: string, ...args: string[]): Buffer => execFileSync(program, ['-c', ...args], { input: dumped })

it.each<[string, () => string | Buffer, string, string]>([
  ['nothing', () => '', 'none', 'The file is empty'],
  [
    'a ZIP archive',
    () => 'PK\x03\x04rest',
    'none',
    'The file is a ZIP archive. Unpack it, and send the .sql file in it',
  ],
  [
    'a SQLite database',
    () => 'SQLite format 3\0rest',
    'none',
    'The file is a SQLite database, which MariaDB does not read',
  ],
  ['a PostgreSQL dump', () => 'PGDMP\x01\x0e', 'none', 'The file is a PostgreSQL dump, which MariaDB does not read'],
  [
    'a file of bzip2’s',
    () => packed('bzip2'),
    'none',
    'The file is packed with bzip2. Unpack it, or pack it with gzip or zstd',
  ],
  ['a file of xz’s', () => packed('xz'), 'none', 'The file is packed with xz. Unpack it, or pack it with gzip or zstd'],
  [
    'UTF-16',
    () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(dumped, 'utf16le')]),
    'none',
    'The file is UTF-16 text (some Windows tools write it). Save it as UTF-8',
  ],
  ['a tar archive', tar, 'none', 'The file is a tar archive. Unpack it, and send the .sql file in it'],
  [
    'a tar archive, packed',
    () => gzipSync(tar()),
    'gzip',
    'The file is a tar archive. Unpack it, and send the .sql file in it',
  ],
  [
    'a ZIP archive, packed',
    () => zstdCompressSync('PK\x03\x04rest'),
    'zstd',
    'The file is a ZIP archive. Unpack it, and send the .sql file in it',
  ],
  [
    'gzip in gzip',
    () => gzipSync(gzipSync(dumped)),
    'gzip',
    'The file is packed twice (gzip, and in it gzip). Unpack it once and send it again',
  ],
  [
    'zstd in gzip',
    () => gzipSync(zstdCompressSync(dumped)),
    'gzip',
    'The file is packed twice (gzip, and in it zstd). Unpack it once and send it again',
  ],
  [
    'gzip in zstd',
    () => zstdCompressSync(gzipSync(dumped)),
    'zstd',
    'The file is packed twice (zstd, and in it gzip). Unpack it once and send it again',
  ],
  [
    'zstd in zstd',
    () => zstdCompressSync(zstdCompressSync(dumped)),
    'zstd',
    'The file is packed twice (zstd, and in it zstd). Unpack it once and send it again',
  ],
])('%s is refused, and it is said what to do', async (_, content, compression, message) => {
  expect(await said(content())).toEqual([compression, `not_a_dump 422 ${message}. ${nothing}`])
})

it.each<[string, () => string | Buffer, string, string]>([
  ['a dump without its end', () => dumped.slice(0, 30_000), 'none', cutOff],
  ['a dump that ends in its end', () => dumped.slice(0, dumped.lastIndexOf('completed')), 'none', cutOff],
  ['a dump whose end is but data', () => `${header}INSERT INTO a VALUES ('x -- Dump completed');\n`, 'none', cutOff],
  [
    'gzip’s first bytes alone',
    () => gzipSync(dumped).subarray(0, 12),
    'gzip',
    `dump_truncated 422 The file is cut off: unpacking it gives nothing. ${nothing}`,
  ],
  [
    'zstd’s first bytes alone',
    () => zstdCompressSync(dumped).subarray(0, 8),
    'zstd',
    `dump_truncated 422 The file is cut off: unpacking it gives nothing. ${nothing}`,
  ],
  [
    'what only begins like gzip',
    () => Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(dumped)]),
    'gzip',
    `dump_truncated 422 The file is cut off: unpacking it gives nothing. ${nothing}`,
  ],
])('%s is known to be cut off', async (_, content, compression, refusal) =>
  expect(await said(content())).toEqual([compression, refusal]),
)
