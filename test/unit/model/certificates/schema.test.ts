import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { acme, acmeChanges, letsEncrypt } from '../../../../lib/model/certificates/acme.ts'
import {
  certificateId,
  certificateRequest,
  ownCertificate,
  served,
  subject,
} from '../../../../lib/model/certificates/schema.ts'
import { domainOrWildcard } from '../../../../lib/model/wildcard.ts'

const takes = (schema: v.GenericSchema, value: unknown) => v.safeParse(schema, value).success

describe('a certificate’s name', () => {
  it.each([
    ['a.test', 'a.test'],
    ['*.a.test', '*.a.test'],
    ['WWW.A.Test', 'www.a.test'],
    ['*.A.Test', '*.a.test'],
    ['bücher.test', 'xn--bcher-kva.test'],
    ['*.bücher.test', '*.xn--bcher-kva.test'],
  ])('%s is taken as %s', (written, name) => expect(v.parse(domainOrWildcard, written)).toBe(name))

  it.each([
    '',
    '*',
    '*.',
    '.',
    '*.test',
    '*.*.a.test',
    'a.*.test',
    'w*.a.test',
    '**.a.test',
    '*a.test',
    '*..a.test',
    'localhost',
    '$(id).test',
    '*.$(id).test',
    '`id`.test',
    'a.test\n',
    '*.a.test\n',
    '\na.test',
    'a.test;',
    'a.test}',
    'a.test b.test',
    'a.test,DNS:b.test',
    'a.test\0',
    '-a.test',
    '--csr.test',
    '*.-a.test',
    '../a.test',
    '*.../a.test',
    'a/b.test',
    'a_b.test',
    'DNS:a.test',
    '192.0.2.1',
    '*.192.0.2.1',
    '::1',
    '[2001:db8::1]',
    'аррӏе.com',
    '*.xn--80ak6aa92e.com',
  ])('%j is refused', (name) => {
    expect(takes(domainOrWildcard, name)).toBe(false)
    expect(takes(served, { id: 'a'.repeat(32), names: [name] })).toBe(false)
  })

  it.each([1, null, undefined, ['a.test'], {}])('%j is none', (name) =>
    expect(takes(domainOrWildcard, name)).toBe(false),
  )
})

describe('a request', () => {
  it('is for everything, by http, with the newer kind of key, unless it says otherwise', () => {
    expect(v.parse(certificateRequest, {})).toEqual({ challenge: 'http-01', keyType: 'ecdsa' })
  })
  it.each([
    { names: [] },
    { names: Array.from({ length: 101 }, (_, i) => `a${i}.test`) },
    { names: 'a.test' },
    { names: null },
    { challenge: 'tls-alpn-01' },
    { challenge: null },
    { dnsProvider: 'rfc2136 --help' },
    { dnsProvider: '__proto__' },
    { keyType: 'rsa1024' },
    { keyType: 'ed25519' },
    { server: 'https://evil.test/' },
    { dryRun: true },
    { current: 'a'.repeat(32) },
  ])('%j is refused', (request) => expect(takes(certificateRequest, request)).toBe(false))
})

describe('what paths are made of', () => {
  it('a version’s name is 32 hex digits', () => {
    expect(takes(certificateId, '0123456789abcdef'.repeat(2))).toBe(true)
    for (const id of [
      '',
      'a'.repeat(31),
      'a'.repeat(33),
      'A'.repeat(32),
      `${'a'.repeat(32)}\n`,
      `../${'a'.repeat(29)}`,
      `${'a'.repeat(29)}/..`,
      'g'.repeat(32),
      '.'.repeat(32),
    ]) {
      expect(takes(certificateId, id), JSON.stringify(id)).toBe(false)
    }
  })
  it('a subject is a domain, or the server', () => {
    expect([v.parse(subject, '@server'), v.parse(subject, 'A.test')]).toEqual(['@server', 'a.test'])
    for (const name of [
      '',
      '@',
      '@admin',
      '@Server',
      '@server/..',
      '../a.test',
      '.',
      '..',
      '.trash',
      '.new-0a',
      '*.a.test',
    ])
      expect(takes(subject, name), name).toBe(false)
  })
  it('a certificate of one’s own is not endless', () => {
    expect(takes(ownCertificate, { certificate: '', privateKey: '' })).toBe(true)
    expect(takes(ownCertificate, { certificate: 'a'.repeat(100_001), privateKey: '' })).toBe(false)
    expect(takes(ownCertificate, { certificate: '', privateKey: '', password: '' })).toBe(false)
  })
})

describe('where certificates come from', () => {
  it('is Let’s Encrypt, tried with its staging server, unless told otherwise', () => {
    expect(v.parse(acme, {})).toEqual({
      directory: letsEncrypt.directory,
      stagingDirectory: letsEncrypt.staging,
      email: null,
      caFile: null,
    })
    expect(v.parse(acmeChanges, {}), 'a change fills nothing in').toEqual({})
  })

  const both = (key: string, value: unknown) => [takes(acme, { [key]: value }), takes(acmeChanges, { [key]: value })]

  it.each([
    ['directory', 'https://ca.test/acme/directory'],
    ['directory', 'https://127.0.0.1:14000/dir'],
    ['directory', 'https://[::1]:14000/dir'],
    ['stagingDirectory', null],
    ['email', 'ann@a.test'],
    ['email', null],
    ['caFile', '/etc/ssl/certs/my-ca.pem'],
    ['caFile', null],
  ])('%s may be %j', (key, value) => expect(both(key, value)).toEqual([true, true]))

  it.each([
    ...[
      'http://ca.test/dir',
      'ca.test/dir',
      'file:///etc/passwd',
      'https://x/$(id)',
      'https://x/`id`',
      'https://ca.test/dir\n',
      '\nhttps://ca.test/dir',
      'https://ca.test/dir --dry-run',
      '--server',
      'https://user:secret@ca.test/dir',
      'https://ca.test/dir?x',
      'https://ca.test/dir#x',
      'https://ca.test',
      'https://',
      'https:///dir',
      'https://[/dir',
      'https://ca.test:99999/dir',
      `https://ca.test/${'a'.repeat(300)}`,
      '',
      null,
    ].map((value) => ['directory', value]),
    ['stagingDirectory', 'http://ca.test/dir'],
    ['stagingDirectory', ''],
    ...[
      '-x@a.test',
      '--email@a.test',
      'ann',
      'ann@a.test\n',
      'ann@a.test bob@a.test',
      'ann@a.test,bob@a.test',
      '$(id)@a.test',
      '',
      `${'a'.repeat(200)}@a.test`,
    ].map((value) => ['email', value]),
    ...[
      '/etc/../x',
      '/etc/./x',
      '/etc//x',
      '-rf',
      'ca.pem',
      './ca.pem',
      '~/ca.pem',
      '/etc/a b',
      '/etc/$(id)',
      '/etc/x\n',
      '/etc/x\0',
      '/',
      '',
      'https://ca.test/',
    ].map((value) => ['caFile', value]),
    ['server', 'https://ca.test/dir'],
  ])('%s may not be %j', (key, value) => expect(both(key!, value)).toEqual([false, false]))
})
