import { paths } from '../../model/paths.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { isProvider, type Provider, type Ranges } from '../../model/sites/trusted-proxies.ts'

const snippet = (provider: Provider): string => `hosting-panel-proxies-${provider}.conf`

/** The proxies of each provider, a file each: one that changes is no change of any site. */
export const renderRanges = (ranges: Ranges): { name: string; content: string }[] =>
  (Object.keys(ranges) as Provider[]).map((provider) => ({
    name: `${paths.nginx}/snippets/${snippet(provider)}`,
    content: `# Written by the hosting panel, which puts changes here back.\n${ranges[provider].map(from).join('')}`,
  }))

const from = (network: string): string => `set_real_ip_from ${network};\n`

/**
 * Takes the visitor's address from proxies that the site trusts, and from nobody else; server context. Cloudflare sets
 * a header of its own that nobody else can. In the usual one each proxy adds the address that it saw at the end, so the
 * last that is no trusted proxy's is the visitor's.
 */
export function realAddress({ trustedProxies }: SiteSpec): string {
  if (trustedProxies.length === 0) return ''
  const sources = trustedProxies.map((entry) =>
    isProvider(entry) ? `    include snippets/${snippet(entry)};\n` : `    ${from(entry)}`,
  )
  const isCloudflare = trustedProxies.every((entry) => entry === 'cloudflare')
  return `${sources.join('')}${
    isCloudflare
      ? '    real_ip_header CF-Connecting-IP;\n'
      : '    real_ip_header X-Forwarded-For;\n    real_ip_recursive on;\n'
  }`
}
