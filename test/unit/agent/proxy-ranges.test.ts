import { describe, expect, it } from 'vitest'
import { fetchRanges } from '../../../lib/agent/proxies/ranges.ts'
import { knownRanges } from '../../../lib/model/sites/trusted-proxies.ts'

describe('the ranges of providers', () => {
  const answers: Record<string, string> = {
    'https://www.cloudflare.com/ips-v4': `${knownRanges.cloudflare.slice(0, 15).join('\n')}\n`,
    'https://www.cloudflare.com/ips-v6': `${knownRanges.cloudflare.slice(15).join('\n')}\n2001:db8::/32\n`,
    'https://bunnycdn.com/api/system/edgeserverlist': '["192.0.2.7","192.0.2.8"]',
    'https://bunnycdn.com/api/system/edgeserverlist/IPv6': '["2001:db8::7"]',
    'https://d7uri8nf7uskq.cloudfront.net/tools/list-cloudfront-ips': '{"A":["192.0.2.0/24"],"B":["192.0.2.0/24"]}',
  }
  const ask = (changes: Record<string, string> = {}) =>
    fetchRanges({ known: knownRanges }, (address) => {
      const text = { ...answers, ...changes }[address]
      return text === undefined ? Promise.reject(new Error('nobody answers')) : Promise.resolve(text)
    })

  it('are asked for; a provider that does not answer keeps those that are known', async () => {
    const { ranges: found, problems } = await ask()
    expect(found.cloudflare).toEqual([...knownRanges.cloudflare, '2001:db8::/32'].sort())
    expect([found.fastly, found.cloudfront]).toEqual([knownRanges.fastly, ['192.0.2.0/24']])
    expect(found.bunny).toEqual(['192.0.2.7', '192.0.2.8', '2001:db8::7'])
    expect(problems).toEqual([{ provider: 'fastly', message: 'nobody answers' }])
  })

  it.each([
    ['nonsense', '<html>'],
    ['a world', '{"a":["0.0.0.0/0"]}'],
    ['loopback', '{"a":["127.0.0.0/16"]}'],
    ['too few', '{"a":["192.0.2.0/24"]}'],
  ])('are not believed when they are %s', async (_, text) => {
    const { ranges: found, problems } = await ask({ 'https://api.fastly.com/public-ip-list': text })
    expect(found.fastly).toEqual(knownRanges.fastly)
    expect(problems).toHaveLength(1)
  })
})
