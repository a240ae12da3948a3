import { describe, expect, it } from 'vitest'
import {
  hasLimits,
  limitLines,
  report,
  setLimits,
  showState,
  type Limits,
} from '../../../lib/drivers/quota/commands.ts'
import { mountOf, parseReport, parseState } from '../../../lib/drivers/quota/parse.ts'

describe('quota’s commands', () => {
  it('are whole', () => {
    expect(showState('/')).toEqual(['quotaon', '--print-state', '--verbose', '--user', '/'])
    expect(report('/var/www')).toEqual([
      'repquota',
      '--user',
      '--no-names',
      '--verbose',
      '--output=csv',
      '--raw-grace',
      '/var/www',
    ])
    expect(setLimits('/var/www')).toEqual(['setquota', '--user', '--batch', '/var/www'])
  })

  it('take users by number; whoever may have nothing gets the least, as 0 is no limit', () => {
    const users = new Map<number, Limits>([
      [20_001, { kib: 40_960, files: 2_000 }],
      [20_002, { kib: null, files: null }],
      [20_003, { kib: 0, files: 0 }],
      [20_004, { kib: 1024, files: null }],
    ])
    expect(limitLines(users)).toBe('20001 0 40960 0 2000\n20002 0 0 0 0\n20003 0 1 0 1\n20004 0 1024 0 0\n')
    expect(limitLines(new Map())).toBe('')
  })

  it('are not needed for limits that are kept already', () => {
    const kept = { kib: 1024, files: null }
    expect(hasLimits(kept, { kib: 1024, files: null })).toBe(true)
    expect(hasLimits({ kib: 1, files: 1 }, { kib: 0, files: 0 })).toBe(true)
    for (const other of [
      { kib: 1024, files: 0 },
      { kib: null, files: null },
      { kib: 1025, files: null },
      { kib: 0, files: null },
    ]) {
      expect(hasLimits(kept, other), JSON.stringify(other)).toBe(false)
    }
  })
})

describe('what quotaon prints', () => {
  it.each([
    ['user quota on / (/dev/vda) is on (enforced)\n', 'enforced'],
    [
      'group quota on / (/dev/vda) is off\nuser quota on /srv/my sites (/dev/mapper/a-b) is on ' +
        '(enforced)\nproject quota on / (/dev/vda) is off\n',
      'enforced',
    ],
    ['user quota on /mnt/x (/dev/vdb) is on (accounting)\n', 'accounting'],
    ['user quota on /mnt/x (/dev/vdb) is off\n', 'off'],
    ['group quota on / (/dev/vda) is on (enforced)\n', 'off'],
    // A file system without any: it says so on its standard error.
    ['', 'off'],
  ])('%s: %s', (output, state) => expect(parseState(output)).toBe(state))
})

const columns =
  'User,BlockStatus,FileStatus,BlockUsed,BlockSoftLimit,BlockHardLimit,BlockGrace,FileUsed,FileSoftLimit,' +
  'FileHardLimit,FileGrace'
/** Output of repquota of quota 4.06: for ext4, and for XFS. */
const ext4 = `${columns}
#0,ok,ok,2304976,0,0,0,81110,0,0,0
#33,ok,ok,68,0,0,0,21,0,0,0
#12345,ok,ok,0,0,4096,0,0,0,50,0
#12347,ok,ok,0,0,1,0,0,0,1,0
`
const xfs = `${columns}
#0,ok,ok,0,0,0,0,3,0,0,0
#12345,ok,ok,0,0,2048,0,0,0,100,0
`

describe('what repquota prints', () => {
  it('is read by its columns', () => {
    expect([...parseReport(ext4)]).toEqual([
      [0, { bytes: 2_304_976 * 1024, files: 81_110, limits: { kib: null, files: null } }],
      [33, { bytes: 68 * 1024, files: 21, limits: { kib: null, files: null } }],
      [12_345, { bytes: 0, files: 0, limits: { kib: 4096, files: 50 } }],
      [12_347, { bytes: 0, files: 0, limits: { kib: 1, files: 1 } }],
    ])
    expect(parseReport(xfs).get(12_345)!.limits).toEqual({ kib: 2048, files: 100 })
  })

  it('may be nothing', () => expect(parseReport('').size).toBe(0))
})

/** Mounts of a Debian with /srv on XFS, a part of which is mounted a second time, and of an agent with its own /tmp. */
const mountinfo = String.raw`22 27 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw
90 27 254:0 /tmp/systemd-private-1/tmp /tmp rw,relatime shared:49 - ext4 /dev/vda rw,quota,usrquota
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,quota,usrquota
93 27 254:16 /www /var/www rw,relatime shared:50 - xfs /dev/vdb rw,attr2,inode64,logbufs=8,logbsize=32k,usrquota
94 27 254:16 / /srv/my\040sites rw,relatime shared:49 - xfs /dev/vdb rw,attr2,inode64,logbufs=8,logbsize=32k,usrquota
95 27 259:300 /www /var/www rw,relatime shared:51 - ext4 /dev/nvme0n1p1 rw
`

it('finds where a file system is mounted by its number', () => {
  expect(mountOf(mountinfo, 254 << 8)).toBe('/')
  expect(mountOf(mountinfo, (254 << 8) | 16)).toBe('/srv/my sites')
  expect(mountOf(mountinfo, (259 << 8) | 0x2c | (1 << 20)), 'a part, where the whole is not mounted').toBe('/var/www')
  expect(mountOf(mountinfo, (254 << 8) | 17)).toBeNull()
})
