import type { Compression } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { headOf, type OpenFile } from '../../system/pipeline.ts'
import { decompress } from './commands.ts'

/** How files begin (RFC 1952, RFC 8878, and what others are known by). */
const GZIP = Buffer.from([0x1f, 0x8b])
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
const foreign: readonly (readonly [magic: Buffer, what: string])[] = [
  [Buffer.from('PK\x03\x04'), 'a ZIP archive. Unpack it, and send the .sql file in it'],
  [Buffer.from('SQLite format 3'), 'a SQLite database, which MariaDB does not read'],
  [Buffer.from('PGDMP'), 'a PostgreSQL dump, which MariaDB does not read'],
  [Buffer.from('BZh'), 'packed with bzip2. Unpack it, or pack it with gzip or zstd'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 'packed with xz. Unpack it, or pack it with gzip or zstd'],
  [Buffer.from([0xff, 0xfe]), 'UTF-16 text (some Windows tools write it). Save it as UTF-8'],
]

const HEAD = 4096

const startsWith = (head: Buffer, magic: Buffer): boolean => head.subarray(0, magic.length).equals(magic)

const packedAs = (head: Buffer): Compression =>
  startsWith(head, GZIP) ? 'gzip' : startsWith(head, ZSTD) ? 'zstd' : 'none'

async function readAt(file: OpenFile, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** How a file is compressed, by how it begins: names lie. */
export const compressionOf = async (file: OpenFile): Promise<Compression> => packedAs(await readAt(file, 0, 4))

const refuse = (code: 'not_a_dump' | 'dump_truncated', message: string): never => {
  throw new PanelError(code, 422, `${message}. Nothing was changed`)
}

/** Refuses what is no SQL, or visibly not all of it. Throws `not_a_dump`, `dump_truncated`. */
export async function refuseForeign(file: OpenFile, compression: Compression, size: number): Promise<void> {
  if (size === 0) refuse('not_a_dump', 'The file is empty')
  const head =
    compression === 'none'
      ? await readAt(file, 0, HEAD)
      : await headOf({ argv: decompress(compression) }, file.fd, HEAD)
  const inner = packedAs(head)
  if (inner !== 'none')
    refuse(
      'not_a_dump',
      `The file is packed twice (${compression}, and in it ${inner}). Unpack it once and send it again`,
    )
  const known = foreign.find(([magic]) => startsWith(head, magic))
  if (known) refuse('not_a_dump', `The file is ${known[1]}`)
  if (head.subarray(257, 262).toString('latin1') === 'ustar')
    refuse('not_a_dump', 'The file is a tar archive. Unpack it, and send the .sql file in it')
  if (head.length === 0) refuse('dump_truncated', 'The file is cut off: unpacking it gives nothing')
  const marked = /^-- (?:MariaDB|MySQL) dump /m.test(head.toString('latin1'))
  if (!marked || compression !== 'none') return
  const tail = (await readAt(file, Math.max(0, size - HEAD), HEAD)).toString('latin1')
  if (!/^-- Dump completed/m.test(tail))
    refuse('dump_truncated', 'The file is cut off: the line “Dump completed” at its end is missing. Export it again')
}
