import { expect, it } from 'vitest'
import { describe as tell } from '../../../../lib/panel/storage/tell.ts'
import type { SiteVerdict } from '../../../../lib/panel/storage/verdicts.ts'

const MIB = 1024 * 1024
const verdict = (changes: Partial<SiteVerdict> = {}): SiteVerdict => ({
  domain: 'shop.test',
  before: 'ok',
  storage: 'ok',
  used: { bytes: 500 * MIB, files: 20_000 },
  most: { bytes: 5_000 * MIB, files: 100_000 },
  whenFull: null,
  owner: null,
  room: { bytes: 0, files: 0 },
  ...changes,
})

it('nothing is told of a site that has room', () => expect(tell(verdict())).toBeNull())

it('a site that is near its limit is told of', () => {
  expect(tell(verdict({ used: { bytes: 4_600 * MIB, files: 1 } }))).toEqual({
    severity: 'warning',
    message:
      'shop.test uses 4,600 of the 5,000 MB of disk it may use. At the limit it cannot grow any more. ' +
      'Remove files or data until it uses less than 4,750 MB, or have the limit raised',
  })
})

it('a full site is told of by what it has too much of', () => {
  expect(tell(verdict({ storage: 'full', used: { bytes: MIB, files: 100_001 } }))).toEqual({
    severity: 'warning',
    message:
      'shop.test has 100,001 of the 100,000 files it may have, so the files and databases of shop.test cannot ' +
      'grow: visitors see its pages, and uploads fail. Remove files or data until it has fewer than 95,000 files, or ' +
      'have the limit raised',
  })
})

it('an owner that is full is named', () => {
  const owner = {
    username: 'ann',
    used: { bytes: 90 * MIB, files: 1 },
    most: { bytes: 90 * MIB, files: Infinity },
    isFull: true,
  }
  const { message } = tell(verdict({ storage: 'full', owner }))!
  expect(message).toMatch(/^ann, the owner of shop\.test, uses 90 of the 90 MB/)
})

it('a site that is stopped is urgent', () => {
  expect(tell(verdict({ storage: 'over', used: { bytes: 6_000 * MIB, files: 1 } }))).toMatchObject({
    severity: 'critical',
    message: expect.stringContaining('the code of shop.test is stopped') as string,
  })
})
