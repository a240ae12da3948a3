import { expect, it } from 'vitest'
import { siteSlice } from '../../../lib/system/cgroup.ts'
import { writtenBy, writtenBytes } from '../../../lib/system/usage.ts'

/** /proc/<pid>/io of a PHP worker. */
const io = `rchar: 4292
wchar: 1048576
syscr: 13
syscw: 7
read_bytes: 12288
write_bytes: 1052672
cancelled_write_bytes: 4096
`

it('reads what a process had written to disk, not what it cancelled or wrote to a pipe', () => {
  expect(writtenBytes(io)).toBe(1_052_672)
  expect(writtenBytes('')).toBe(0)
})

it('counts nothing for a process that ended', () => {
  expect(writtenBy(2 ** 30)).toBe(0)
})

it('finds the slice of a site that a process runs in, on any kind of hierarchy', () => {
  const slice = String.raw`sites-s\x2da\x2dtest\x2d1f2e3d4c.slice`
  expect(siteSlice(`0::/sites.slice/${slice}/hosting-panel-php-shared@s.service\n`)).toBe(slice)
  expect(siteSlice(`1:name=systemd:/x\n0::/sites.slice/${slice}\n`)).toBe(slice)
  expect(siteSlice(`0::/machine/payload/sites.slice/${slice}/hosting-panel-app@s.service/app\n`)).toBe(slice)
  for (const other of [
    '0::/\n',
    '0::/system.slice/nginx.service\n',
    '0::/user.slice/sites-x.slice\n',
    `1:cpu:/sites.slice/${slice}\n`,
  ]) {
    expect(siteSlice(other)).toBeNull()
  }
})
