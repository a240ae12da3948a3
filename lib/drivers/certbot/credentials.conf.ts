import { providers, type Credentials, type DnsProvider } from '../../model/certificates/dns-providers.ts'

/** Renders the file of certbot's plugin: names with the plugin's prefix; for Route 53 a file of Amazon's own form. */
export function renderCredentials(provider: DnsProvider, given: Credentials): string {
  const lines = providers[provider].fields.flatMap(({ name }) => (given[name] ? [{ name, value: given[name] }] : []))
  if (provider === 'route53') return `[default]\n${lines.map(({ name, value }) => `${name} = ${value}\n`).join('')}`
  return lines.map(({ name, value }) => `dns_${provider}_${name} = ${value}\n`).join('')
}
