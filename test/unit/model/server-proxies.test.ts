import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { serverProxies } from '../../../lib/model/sites/trusted-proxies.ts'

describe('what the server takes as its proxies', () => {
  const complaint = (list: unknown) => safeParse(serverProxies, list).issues?.[0].message
  it.each([['cloudflare'], ['10.0.0.0/8'], ['192.168.7.0/24'], ['203.0.113.7'], ['2001:db8::/32'], ['fd00::/16']])(
    '%s',
    (entry) => expect(safeParse(serverProxies, [entry]).output).toEqual([entry]),
  )

  it.each([['0.0.0.0/0'], ['::/0'], ['0.0.0.0/1'], ['8.0.0.0/8'], ['2000::/3'], ['::ffff:8.0.0.0/104']])(
    'never so much of the internet as %s',
    (entry) => expect(complaint([entry])).toMatch(/^This is so much of the internet that anybody could claim/),
  )

  it.each([
    ['akamai', /^Write cloudflare, fastly, bunny, cloudfront, or the address/],
    ['1.2.3.4; }', /^Write cloudflare/],
    ['$(id)', /^Write cloudflare/],
    ['cloudflare\n', /^Write cloudflare/],
    ['::ffff:0:0/96', /so much of the internet|^Write cloudflare/],
    ['127.0.0.1', /^This is the server itself/],
    ['::1', /^This is the server itself/],
  ])('never %j', (entry, message) => expect(complaint([entry])).toMatch(message))

  it('never one twice, nor more than fifty', () => {
    expect(complaint(['10.0.0.1', '10.0.0.1/32'])).toBe('One is named twice')
    expect(complaint(Array.from({ length: 10_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`))).toMatch(/50/)
  })
})
