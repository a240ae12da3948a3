import { describe, expect, it } from 'vitest'
import { alertFor, alertKey } from '../../../../lib/panel/certificates/alert.ts'
import type { CertificateRow } from '../../../../lib/panel/store/certificates.ts'

const DAY = 86_400_000
const now = Date.parse('2026-11-27T00:00:00Z')
const names = ['a.test', 'www.a.test']

/** A certificate for 90 days that ends so many days from now. */
const row = (days: number, more: Partial<CertificateRow> = {}): CertificateRow => ({
  subject: 'a.test',
  site: 'a.test',
  source: 'acme',
  names: null,
  challenge: 'http-01',
  dnsProvider: null,
  keyType: 'ecdsa',
  failures: 0,
  nextTry: null,
  problem: null,
  facts: {
    id: 'a'.repeat(32),
    names,
    issuer: 'R3',
    serial: '1',
    keyType: 'ecdsa',
    notBefore: new Date(now + (days - 90) * DAY).toISOString(),
    notAfter: new Date(now + days * DAY).toISOString(),
  },
  ...more,
})

const alert = (certificate: CertificateRow, { broken = false, elsewhere = false, wanted = names } = {}) =>
  alertFor(certificate, wanted, broken, elsewhere, now)
const failed = { failures: 1, problem: 'It did not answer.' }

it('there is one alert for each certificate', () =>
  expect([alertKey('a.test'), alertKey('@server')]).toEqual(['certificate:a.test', 'certificate:@server']))

describe('nobody hears', () => {
  it.each([
    ['of one that is well', row(89)],
    ['of one that was never had', row(0, { facts: null, ...failed, failures: 9 })],
    ['of one that is about to be renewed', row(30)],
    ['of a first failure', row(30, failed)],
    ['of one’s own that lasts', row(30, { source: 'own' })],
    ['of names that are missing, before it was tried', row(89, { names: [...names, 'b.test'] })],
  ])('%s', (_, certificate) => expect(alert(certificate)).toBeNull())
  it('of what is asked elsewhere, while it is not due', () => expect(alert(row(60), { elsewhere: true })).toBeNull())
})

describe('of one that renews itself', () => {
  it('at the second failure', () => {
    expect(alert(row(29, { ...failed, failures: 2 }))).toEqual({
      severity: 'warning',
      message: 'a.test: its certificate expires in 29 days and could not be renewed. It did not answer.',
    })
  })
  it('at once, when the domain leads elsewhere', () => {
    expect(alert(row(30, failed), { elsewhere: true })).toEqual({
      severity: 'warning',
      message:
        'a.test: its certificate expires in 30 days and could not be renewed; no authority is asked until ' +
        'that is repaired. It did not answer.',
    })
  })
  it('when it should have been renewed by now, whoever failed', () => {
    expect(alert(row(15))).toEqual({
      severity: 'warning',
      message: 'a.test: its certificate expires in 15 days and could not be renewed.',
    })
  })
  it('urgently in its last week', () => {
    expect([7, 6.99, 1].map((days) => alert(row(days))?.severity)).toEqual(['warning', 'critical', 'critical'])
    expect(alert(row(0.5, failed))).toEqual({
      severity: 'critical',
      message: 'a.test: its certificate expires in 0 days and could not be renewed. It did not answer.',
    })
  })
  it('when it has run out', () => {
    expect(alert(row(-1, failed))).toEqual({
      severity: 'critical',
      message: 'a.test: its certificate expired on 2026-11-26. It did not answer.',
    })
  })
  it('when it covers too little, after a try', () => {
    expect(alert(row(89, failed), { wanted: [...names, 'b.test', 'xn--bcher-kva.test'] })).toEqual({
      severity: 'warning',
      message: 'a.test: its certificate does not cover b.test, bücher.test. It did not answer.',
    })
  })
  it('but not of names that it was never to have', () =>
    expect(alert(row(89, { ...failed, names }), { wanted: [...names, 'b.test'] })).toBeNull())
})

describe('of one’s own', () => {
  it('in its last 30 days, urgently in its last week', () => {
    expect(alert(row(29.5, { source: 'own' }))).toEqual({
      severity: 'warning',
      message: 'a.test: its certificate expires in 29 days. Enter the next one, or let the panel get one',
    })
    expect(alert(row(6, { source: 'own' }))?.severity).toBe('critical')
  })
  it('when it has run out', () =>
    expect(alert(row(-30, { source: 'own' }))).toEqual({
      severity: 'critical',
      message: 'a.test: its certificate expired on 2026-10-28.',
    }))
})

describe('of one whose files are gone', () => {
  it('above all else', () => {
    const message = 'a.test: the files of its certificate are missing or damaged, so visitors get a self-signed one.'
    for (const certificate of [row(89), row(-1), row(89, { source: 'own' })])
      expect(alert(certificate, { broken: true })).toEqual({
        severity: 'critical',
        message: `${message} Get or enter it again.`,
      })
    expect(alert(row(89, failed), { broken: true })?.message).toBe(`${message} It did not answer.`)
  })
})

it('of the server’s own name, and in people’s letters', () => {
  expect(alert(row(-1, { subject: '@server', site: null }))?.message).toBe(
    'The server’s own name: its certificate expired on 2026-11-26.',
  )
  expect(alert(row(-1, { subject: 'xn--bcher-kva.test' }))?.message).toBe(
    'bücher.test: its certificate expired on 2026-11-26.',
  )
})
