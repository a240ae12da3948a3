import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { renderLimits } from '../../../lib/drivers/nftables/limits.conf.ts'
import { renderPanel } from '../../../lib/drivers/nginx/server.conf.ts'
import {
  renderRanges,
  renderTrust,
  siteAddresses,
  siteEdge,
  siteEdges,
  toHttps,
} from '../../../lib/drivers/nginx/trusted-proxies.conf.ts'
import { knownRanges, networksOf, ranges } from '../../../lib/model/sites/trusted-proxies.ts'
import { siteSpec } from '../../_site-spec.ts'
import { facts, serverFacts } from '../_facts.ts'

const [nobody, office] = [{ trustedProxies: [] }, { trustedProxies: ['192.0.2.1'] }]
const of = (trustedProxies: string[], server: { trustedProxies: string[] } = nobody) =>
  [siteEdges, siteEdge, siteAddresses].map((render) => render(siteSpec({ trustedProxies }), server))
const cloudflare = 'include snippets/hosting-panel-proxies-cloudflare.conf;\n'
const derived = `map "$hosting_panel_edge $http_x_forwarded_proto" $hosting_panel_scheme {
    default $scheme;
    '~*^1 https$' https;
    '~*^1 http$' http;
}
map "$hosting_panel_scheme $https" $hosting_panel_https {
    default "";
    "https " on;
    "https on" on;
    "http on" off;
}
map $hosting_panel_scheme $hosting_panel_port {
    default 80;
    https 443;
}
map "$hosting_panel_scheme $uri" $hosting_panel_plain {
    default "";
    '~^http /(?!\\.(?:hosting-panel|well-known/acme-challenge)/)' 1;
}
map $hosting_panel_scheme $hosting_panel_hsts {
    default "";
    https max-age=31536000;
}
map $hosting_panel_scheme $hosting_panel_hsts_end {
    default "";
    https max-age=0;
}
map "$hosting_panel_edge $http_cf_connecting_ip" $hosting_panel_cf_visitor {
    default "";
    '~^1 .' $remote_addr;
}
map "$hosting_panel_edge|$http_x_forwarded_for$http_forwarded$http_via" $hosting_panel_front {
    default $realip_remote_addr;
    '|' "";
    '~^1\\|' trusted;
}
`

describe('proxies of the server', () => {
  const trust = (...trustedProxies: string[]) => renderTrust({ ...serverFacts, trustedProxies })

  it('are nobody unless they are named', () => {
    expect(trust()).toBe(`map $hosting_panel_provider $hosting_panel_edge {\n    default "";\n}\n${derived}`)
  })

  it('tell the visitor’s address and scheme, in the header that none of their customers can set', () => {
    expect(trust('cloudflare')).toBe(`${cloudflare}real_ip_header CF-Connecting-IP;
absolute_redirect off;
map $hosting_panel_provider $hosting_panel_edge {
    default "";
    cloudflare 1;
}
${derived}`)
    expect(trust('bunny', '10.0.0.0/8')).toBe(`include snippets/hosting-panel-proxies-bunny.conf;
set_real_ip_from 10.0.0.0/8;
real_ip_header X-Forwarded-For;
real_ip_recursive on;
absolute_redirect off;
geo $realip_remote_addr $hosting_panel_edge_network {
    default "";
    10.0.0.0/8 1;
}
map $hosting_panel_provider$hosting_panel_edge_network $hosting_panel_edge {
    default "";
    ~1$ 1;
    bunny 1;
}
${derived}`)
  })

  it('leave to people what they set for all of nginx themselves', () => {
    const nginxDirectives = new Set(['real_ip_header', 'absolute_redirect'])
    expect(renderTrust({ trustedProxies: ['192.0.2.1'], nginxDirectives })).toContain(
      'set_real_ip_from 192.0.2.1;\nreal_ip_recursive on;\ngeo ',
    )
  })

  it('lead visitors of the panel to https', () => {
    const bans = '    include snippets/hosting-panel-bans-panel.conf;\n'
    const first = `    expires off;\n${bans}${toHttps}    include snippets/`
    expect(renderPanel(null, { ...facts, ...office })).toContain(first)
    expect(renderPanel(null, facts)).not.toContain(toHttps)
  })

  it('hold any number of connections to what they bring visitors to', () => {
    const limits = renderLimits(serverFacts, { sites: ['192.0.2.0/24', '2001:db8::/32'], panel: ['192.0.2.0/24'] })
    const set = (name: string, type: string, entry: string) => `    set ${name} {
        type ${type}
        flags interval
        auto-merge
        elements = { ${entry} }
    }
`
    expect(limits).toContain(
      set('sites_proxies4', 'ipv4_addr', '192.0.2.0/24') +
        set('sites_proxies6', 'ipv6_addr', '2001:db8::/32') +
        set('panel_proxies4', 'ipv4_addr', '192.0.2.0/24'),
    )
    expect(limits).toContain(`        ct state != new accept
        tcp dport { 80, 443 } ip saddr @sites_proxies4 accept
        tcp dport { 80, 443 } ip6 saddr @sites_proxies6 accept
        tcp dport { 8080, 8081 } ip saddr @panel_proxies4 accept
        tcp dport { 80, 443 } add`)
    expect(renderLimits(serverFacts)).not.toContain('proxies')
  })
})

describe('proxies of a site', () => {
  it('are nothing of its own where the server has them', () => {
    for (const same of [of([]), of([], office), of(['192.0.2.1'], office)]) expect(same).toEqual(['', '', ''])
  })

  it('add to those of the server', () => {
    expect(of(['10.0.0.0/8'], office)).toEqual([
      `geo $realip_remote_addr $s_example_test_9b263fbc_edge_network {
    default "";
    192.0.2.1 1;
    10.0.0.0/8 1;
}
map $hosting_panel_provider$s_example_test_9b263fbc_edge_network $s_example_test_9b263fbc_edge {
    default "";
    ~1$ 1;
}
`,
      '    set $hosting_panel_edge $s_example_test_9b263fbc_edge;\n',
      `    set_real_ip_from 192.0.2.1;
    set_real_ip_from 10.0.0.0/8;
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
`,
    ])
  })

  it('name the visitor in Cloudflare’s own header where it is Cloudflare alone, whatever the server trusts', () => {
    for (const [server, led] of [
      [nobody, '    absolute_redirect off;\n'],
      [office, ''],
    ] as const)
      expect(of(['cloudflare'], server)[2]).toBe(`    ${cloudflare}    real_ip_header CF-Connecting-IP;\n${led}`)
    expect(of(['cloudflare', '10.0.0.0/8'])[2]).toContain('    real_ip_header X-Forwarded-For;\n')
  })
})

describe('the ranges of providers', () => {
  it('have a file for each provider, and one that tells whose an address is', () => {
    const files = renderRanges({
      ...knownRanges,
      cloudflare: ['192.0.2.0/24'],
      fastly: ['192.0.2.0/24', '2001:db8::/32'],
    })
    const written = '# Written by the hosting panel, which puts changes here back.\n'
    expect(files.map(({ name }) => name)).toEqual([
      ...['cloudflare', 'fastly', 'bunny', 'cloudfront'].map(
        (name) => `/etc/nginx/snippets/hosting-panel-proxies-${name}.conf`,
      ),
      '/etc/nginx/conf.d/hosting-panel-proxies.conf',
    ])
    expect(files[0]!.content).toBe(`${written}set_real_ip_from 192.0.2.0/24;\n`)
    expect(files[4]!.content).toBe(`${written}geo $realip_remote_addr $hosting_panel_provider {
    default "";
    192.0.2.0/24 cloudflare;
    2001:db8::/32 fastly;
}
`)
  })

  it('are valid, and as narrow as theirs', () => {
    expect(safeParse(ranges, knownRanges).success).toBe(true)
    expect(safeParse(ranges, { ...knownRanges, fastly: ['10.0.0.0/8'] }).success).toBe(false)
    expect(networksOf(['fastly', '192.0.2.1'], { ...knownRanges, fastly: ['192.0.2.0/24'] })).toEqual([
      '192.0.2.0/24',
      '192.0.2.1',
    ])
  })
})
