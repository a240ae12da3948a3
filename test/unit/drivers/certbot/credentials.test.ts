import { describe, expect, it } from 'vitest'
import { renderCredentials } from '../../../../lib/drivers/certbot/credentials.conf.ts'

describe('a plugin reads', () => {
  it('one token', () =>
    expect(renderCredentials('cloudflare', { api_token: 'abc_DEF-123=' })).toBe(
      'dns_cloudflare_api_token = abc_DEF-123=\n',
    ))

  it('several keys, in their order whatever they came in', () => {
    expect(
      renderCredentials('ovh', {
        consumer_key: 'consumer1',
        endpoint: 'ovh-eu',
        application_secret: 'secret12',
        application_key: 'key12345',
      }),
    ).toBe(
      `dns_ovh_endpoint = ovh-eu
dns_ovh_application_key = key12345
dns_ovh_application_secret = secret12
dns_ovh_consumer_key = consumer1
`,
    )
  })

  it('what may be left out, when it is there', () => {
    const given = { server: '192.0.2.53', name: 'key.', secret: 'c2VjcmV0c2VjcmV0', algorithm: 'HMAC-SHA512' }
    const rest = 'dns_rfc2136_name = key.\ndns_rfc2136_secret = c2VjcmV0c2VjcmV0\ndns_rfc2136_algorithm = HMAC-SHA512\n'
    expect(renderCredentials('rfc2136', { ...given, port: '' })).toBe(`dns_rfc2136_server = 192.0.2.53\n${rest}`)
    expect(renderCredentials('rfc2136', { ...given, port: '5353' })).toBe(
      `dns_rfc2136_server = 192.0.2.53\ndns_rfc2136_port = 5353\n${rest}`,
    )
  })

  it('Amazon’s own form', () => {
    expect(
      renderCredentials('route53', {
        aws_access_key_id: 'AKIAIOSFODNN7EXAMPLE',
        aws_secret_access_key: 'wJalrXUtnFEMI/K7MDENG',
      }),
    ).toBe('[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\n')
  })

  it('nothing that no field is for', () =>
    expect(renderCredentials('gandi', { api_key: 'abcdefgh', other: 'x\ny = z' })).toBe(
      'dns_gandi_api_key = abcdefgh\n',
    ))
})
