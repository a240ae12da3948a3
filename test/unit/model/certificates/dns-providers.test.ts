import { describe, expect, it } from 'vitest'
import { credentialProblems, dnsProvider, providers } from '../../../../lib/model/certificates/dns-providers.ts'

const rfc2136 = { server: '192.0.2.53', name: 'key.', secret: 'c2VjcmV0c2VjcmV0==', algorithm: 'HMAC-SHA512' }
const wrong = (...given: Parameters<typeof credentialProblems>) => credentialProblems(...given).map(({ path }) => path)

describe('a provider’s credentials', () => {
  it('are those it has fields for', () => {
    expect(Object.keys(providers)).toEqual(dnsProvider.options)
    expect(wrong('cloudflare', { api_token: 'abc_DEF-123.~+/==' })).toEqual([])
    expect(wrong('rfc2136', rfc2136)).toEqual([])
    expect(wrong('rfc2136', { ...rfc2136, port: '', server: '2001:db8::53' })).toEqual([])
    expect(
      wrong('route53', {
        aws_access_key_id: 'AKIAIOSFODNN7EXAMPLE',
        aws_secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      }),
    ).toEqual([])
  })

  it.each(dnsProvider.options)('of %s: all that must be there are missed', (provider) => {
    expect(wrong(provider, {})).toEqual(
      providers[provider].fields.filter(({ optional }) => !optional).map(({ name }) => name),
    )
  })

  it.each([
    '',
    'short',
    'with space',
    'line\nbreak1',
    'abcdefgh\n',
    '\nabcdefgh',
    'abcdefgh\r',
    'abcd#efgh',
    '#abcdefgh',
    '"abcdefgh"',
    "'abcdefgh'",
    'abcd;efgh',
    'abcd%(x)s',
    '$(id)abcd',
    '[default]',
    'abcdefgh\0',
    'ключключ',
    'a'.repeat(301),
  ])('a token is not %j', (token) =>
    expect(credentialProblems('cloudflare', { api_token: token })).toEqual([
      { path: 'api_token', message: 'Paste the token alone, without spaces or quotes' },
    ]),
  )

  it.each([
    ['server', 'ns.a.test'],
    ['server', '192.0.2.53\nx'],
    ['server', '-1'],
    ['port', '0'],
    ['port', '53\n'],
    ['port', '-1'],
    ['port', '1e3'],
    ['port', '053'],
    ['name', 'a b'],
    ['name', 'key\n'],
    ['secret', 'abc=defgh'],
    ['secret', 'abcdefgh==='],
    ['secret', 'abcdefgh-'],
    ['algorithm', 'hmac-sha512'],
    ['algorithm', 'HMAC-SHA512\n'],
    ['algorithm', 'NONE'],
  ])('of RFC 2136 %s is not %j', (name, value) =>
    expect(wrong('rfc2136', { ...rfc2136, [name]: value })).toEqual([name]),
  )

  it.each(['endpoint', 'secret', 'dns_cloudflare_api_token', 'constructor', 'toString', '__proto__', ''])(
    '%j is an unknown key',
    (key) => {
      const given = JSON.parse(`{"api_token": "abcdefgh", ${JSON.stringify(key)}: "abcdefgh"}`) as Record<
        string,
        string
      >
      expect(credentialProblems('cloudflare', given)).toEqual([{ path: key, message: 'Unknown key' }])
    },
  )

  it('are not inherited', () => {
    expect(wrong('gandi', Object.create({ api_key: 'abcdefgh' }) as Record<string, string>)).toEqual(['api_key'])
  })
})
