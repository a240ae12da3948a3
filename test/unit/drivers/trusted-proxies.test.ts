import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { fetchRanges } from '../../../lib/agent/proxies/ranges.ts'
import { realAddress, renderRanges } from '../../../lib/drivers/nginx/trusted-proxies.conf.ts'
import { renderVhost } from '../../../lib/drivers/nginx/vhost.conf.ts'
import { knownRanges, networksOf, ranges } from '../../../lib/model/sites/trusted-proxies.ts'
import { siteSpec } from '../../_site-spec.ts'
import { facts } from '../_facts.ts'

const of = (...trustedProxies: string[]) => realAddress(siteSpec({ trustedProxies }))

describe('trusted proxies', () => {
  it('tell the visitor’s address, each in its own header', () => {
    expect(of()).toBe('')
    expect(of('cloudflare')).toBe(`    include snippets/hosting-panel-proxies-cloudflare.conf;
    real_ip_header CF-Connecting-IP;
`)
    expect(of('cloudflare', '10.0.0.0/8')).toBe(`    include snippets/hosting-panel-proxies-cloudflare.conf;
    set_real_ip_from 10.0.0.0/8;
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
`)
    expect(renderVhost(siteSpec({ trustedProxies: ['fastly'] }), facts)).toContain(
      '    include snippets/hosting-panel-site.conf;\n    include snippets/hosting-panel-proxies-fastly.conf;\n',
    )
  })

  it('have a file for each provider', () => {
    const files = renderRanges({ ...knownRanges, fastly: ['192.0.2.0/24'] })
    expect(files.map(({ name }) => name)).toEqual(
      ['cloudflare', 'fastly', 'cloudfront'].map((name) => `/etc/nginx/snippets/hosting-panel-proxies-${name}.conf`),
    )
    expect(files[1]!.content).toBe(
      '# Written by the hosting panel, which puts changes here back.\nset_real_ip_from 192.0.2.0/24;\n',
    )
  })

  it('have ranges that are valid, and as narrow as theirs', () => {
    expect(safeParse(ranges, knownRanges).success).toBe(true)
    expect(safeParse(ranges, { ...knownRanges, fastly: ['10.0.0.0/8'] }).success).toBe(false)
    expect(networksOf(['fastly', '192.0.2.1'], { ...knownRanges, fastly: ['192.0.2.0/24'] })).toEqual([
      '192.0.2.0/24',
      '192.0.2.1',
    ])
  })
})

describe('the ranges of providers', () => {
  const answers: Record<string, string> = {
    'https://www.cloudflare.com/ips-v4': `${knownRanges.cloudflare.slice(0, 15).join('\n')}\n`,
    'https://www.cloudflare.com/ips-v6': `${knownRanges.cloudflare.slice(15).join('\n')}\n2001:db8::/32\n`,
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
