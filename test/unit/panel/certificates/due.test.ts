import { describe, expect, it } from 'vitest'
import {
  daysLeft,
  hasOtherNames,
  isAmong,
  missingNames,
  nextTry,
  renewalTime,
  stateOf,
  wantedNames,
} from '../../../../lib/panel/certificates/due.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const begin = Date.parse('2026-11-27T00:00:00Z')
const life = (ms: number) => ({
  notBefore: new Date(begin).toISOString(),
  notAfter: new Date(begin + ms).toISOString(),
})

describe('a certificate is renewed', () => {
  it.each([
    ['a year’s, 30 days before', 365 * DAY, 335 * DAY],
    ['90 days’, 30 days before', 90 * DAY, 60 * DAY],
    ['45 days’, in its last third', 45 * DAY, 30 * DAY],
    ['6 days’, in its last third', 6 * DAY, 4 * DAY],
    ['90 seconds’, in its last third', 90_000, 60_000],
  ])('%s', (_, lasts, after) => expect(renewalTime(life(lasts)) - begin).toBe(after))
})

describe('after failures it is tried again', () => {
  const pauses = (left: number | null) =>
    [1, 2, 3, 4, 5, 20].map((failures) => (nextTry(failures, left === null ? null : life(left), begin) - begin) / HOUR)
  it('with growing pauses, of two days at most', () => expect(pauses(null)).toEqual([6, 12, 24, 48, 48, 48]))
  it('of 30 days that are left likewise', () => expect(pauses(30 * DAY)).toEqual([6, 12, 24, 48, 48, 48]))
  it('after a quarter of what is left at most', () => {
    expect(pauses(2 * DAY)).toEqual([6, 12, 12, 12, 12, 12])
    expect(pauses(12 * HOUR)).toEqual([3, 3, 3, 3, 3, 3])
  })
  it('after an hour at least, however little is left', () => {
    expect(pauses(2 * HOUR)).toEqual(Array(6).fill(1))
    expect(pauses(30_000)).toEqual(Array(6).fill(1))
  })
  it('as without one, once it has run out', () => expect(pauses(-DAY)).toEqual([6, 12, 24, 48, 48, 48]))
})

describe('how a certificate is', () => {
  const at = (source: 'acme' | 'own', lasts: number) => (when: number) => stateOf(source, life(lasts), begin + when)
  it('of one that renews itself', () => {
    const state = at('acme', 90 * DAY)
    expect([0, 60 * DAY - 1, 60 * DAY, 75 * DAY - 1, 75 * DAY, 90 * DAY - 1, 90 * DAY].map(state)).toEqual([
      'valid',
      'valid',
      'due',
      'due',
      'expiring',
      'expiring',
      'expired',
    ])
  })
  it('of one that renews itself and is short', () => {
    expect([0, 60_000, 74_999, 75_000, 90_000].map(at('acme', 90_000))).toEqual([
      'valid',
      'due',
      'due',
      'expiring',
      'expired',
    ])
  })
  it('of one’s own', () => {
    expect([0, 60 * DAY, 60 * DAY + 1, 90 * DAY - 1, 90 * DAY].map(at('own', 90 * DAY))).toEqual([
      'valid',
      'valid',
      'expiring',
      'expiring',
      'expired',
    ])
  })
  it('of none', () => expect([stateOf('acme', null, begin), stateOf('own', null, begin)]).toEqual(['none', 'none']))
  it('in whole days', () => {
    expect([0, 1, 90 * DAY, 90 * DAY + 1, 92 * DAY].map((when) => daysLeft(life(90 * DAY), begin + when))).toEqual([
      90, 89, 0, -1, -2,
    ])
  })
})

describe('which names', () => {
  const site = ['a.test', 'www.a.test', 'b.test']

  it('are the site’s, or stand for what is below one', () => {
    expect(['a.test', 'www.a.test', '*.a.test', '*.www.a.test', '*.b.test'].map((name) => isAmong(name, site))).toEqual(
      Array(5).fill(true),
    )
    expect(['c.test', 'x.a.test', '*.test', '*.c.test', 'test', ''].map((name) => isAmong(name, site))).toEqual(
      Array(6).fill(false),
    )
  })
  it('are wanted: all, or those asked for that still are the site’s', () => {
    expect(wantedNames(null, site, 'http-01')).toEqual(site)
    const asked = ['*.a.test', 'gone.test', 'a.test', '*.gone.test']
    expect(wantedNames(asked, site, 'dns-01')).toEqual(['*.a.test', 'a.test'])
    expect(wantedNames(['gone.test'], site, 'http-01')).toEqual([])
  })
  it('are wanted: a wildcard by DNS alone, and then none that it stands for', () => {
    const wild = ['a.test', '*.a.test', 'www.a.test', 'x.www.a.test']
    expect(isAmong('*.b.test', ['*.b.test'])).toBe(true)
    expect(wantedNames(null, wild, 'http-01')).toEqual(['a.test', 'www.a.test', 'x.www.a.test'])
    expect(wantedNames(null, wild, 'dns-01')).toEqual(['a.test', '*.a.test', 'x.www.a.test'])
    expect(wantedNames(['www.a.test', '*.a.test'], wild, 'dns-01')).toEqual(['*.a.test'])
  })
  it('are missing', () => {
    expect(missingNames(site, ['a.test', 'www.a.test'])).toEqual(['b.test'])
    expect(missingNames(site, ['*.a.test'])).toEqual(['a.test', 'b.test'])
    expect(missingNames(['a.b.a.test', '*.a.test'], ['*.a.test'])).toEqual(['a.b.a.test'])
    expect(missingNames(['*.a.test'], ['a.test', 'www.a.test'])).toEqual(['*.a.test'])
    expect(missingNames(site, site)).toEqual([])
  })
  it.each([
    ['the same', site, site, false],
    ['the same in another order', site, [...site].reverse(), false],
    ['one too few', site, ['a.test', 'b.test'], true],
    ['one too many', ['a.test'], ['a.test', 'b.test'], true],
    ['a wildcard that was wanted', ['*.a.test', 'a.test'], ['a.test', '*.a.test'], false],
    ['a wildcard that was not', ['a.test', 'www.a.test'], ['a.test', '*.a.test'], true],
    ['none at all', [], [], false],
  ])('make it another certificate: %s', (_, wanted, covered, other) =>
    expect(hasOtherNames(wanted, covered)).toBe(other),
  )
})
