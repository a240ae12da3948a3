import { expect, it } from 'vitest'
import type { Disk } from '../../../../lib/panel/usage/limits.ts'
import { isFalling } from '../../../../lib/panel/storage/watch.ts'

const [MIB, GIB] = [1024 * 1024, 1024 ** 3]
const disk = (bytes: number, files = 1_000_000): Disk => ({
  size: { bytes: 40 * GIB, files: 2_000_000 },
  free: { bytes, files },
})

it.each([
  ['an hour’s logs', disk(20 * GIB), disk(20 * GIB - 255 * MIB), false],
  ['256 MiB', disk(20 * GIB), disk(20 * GIB - 256 * MIB), true],
  ['many small files', disk(GIB, 100_000), disk(GIB, 80_000), true],
  ['space that was freed', disk(GIB, 80_000), disk(30 * GIB, 90_000), false],
  ['a file system that does not count files', disk(GIB, Infinity), disk(GIB, Infinity), false],
])('free space falls fast: %s', (_what, before, now, falling) => expect(isFalling(before, now)).toBe(falling))
