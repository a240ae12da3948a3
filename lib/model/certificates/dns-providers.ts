import * as v from 'valibot'
import { forAdministrators } from '../auth/set-by.ts'
import { isLocal } from '../local-hosts.ts'

interface Field {
  /** certbot's own name for it, without the provider's prefix. */
  name: string
  label: string
  secret?: boolean
  optional?: boolean
  pattern: RegExp
  /** Message for a value that does not fit. */
  rule: string
}

interface Provider {
  title: string
  /** Debian's and Ubuntu's package with certbot's plugin. */
  package: string
  /** How long the provider may take until all its servers answer the new record (s). */
  propagation: number
  fields: readonly Field[]
}

const token = (name: string, label: string): Field => ({
  name,
  label,
  secret: true,
  pattern: /^[A-Za-z0-9_.~+/=-]{8,300}$/,
  rule: 'Paste the token alone, without spaces or quotes',
})
const plain = (name: string, label: string, pattern: RegExp, rule: string): Field => ({ name, label, pattern, rule })

/** The DNS providers certbot has a plugin for in the distribution, and what each wants to know. */
const table = {
  cloudflare: {
    title: 'Cloudflare',
    package: 'python3-certbot-dns-cloudflare',
    propagation: 10,
    fields: [token('api_token', 'API token that may edit the zone’s DNS')],
  },
  digitalocean: {
    title: 'DigitalOcean',
    package: 'python3-certbot-dns-digitalocean',
    propagation: 10,
    fields: [token('token', 'API token')],
  },
  dnsimple: {
    title: 'DNSimple',
    package: 'python3-certbot-dns-dnsimple',
    propagation: 30,
    fields: [token('token', 'API token')],
  },
  gandi: {
    title: 'Gandi',
    package: 'python3-certbot-dns-gandi',
    propagation: 30,
    fields: [token('api_key', 'API key')],
  },
  linode: {
    title: 'Linode',
    package: 'python3-certbot-dns-linode',
    propagation: 120,
    fields: [token('key', 'API token')],
  },
  ovh: {
    title: 'OVH',
    package: 'python3-certbot-dns-ovh',
    propagation: 60,
    fields: [
      plain('endpoint', 'Endpoint', /^ovh-(?:eu|ca|us)$/, 'Write ovh-eu, ovh-ca or ovh-us'),
      token('application_key', 'Application key'),
      token('application_secret', 'Application secret'),
      token('consumer_key', 'Consumer key'),
    ],
  },
  rfc2136: {
    title: 'A DNS server with dynamic updates (RFC 2136)',
    package: 'python3-certbot-dns-rfc2136',
    propagation: 10,
    fields: [
      plain('server', 'Address of the server', /^[0-9a-fA-F.:]{2,45}$/, 'Write an IP address'),
      { ...plain('port', 'Port, if not 53', /^[1-9]\d{0,4}$/, 'Write a number'), optional: true },
      plain('name', 'Name of the TSIG key', /^[A-Za-z0-9._-]{1,200}$/, 'Letters, digits, dots and dashes'),
      { ...token('secret', 'TSIG secret'), pattern: /^[A-Za-z0-9+/]{8,200}={0,2}$/ },
      plain(
        'algorithm',
        'Algorithm',
        /^HMAC-(?:MD5|SHA1|SHA224|SHA256|SHA384|SHA512)$/,
        'Write one such as HMAC-SHA512',
      ),
    ],
  },
  route53: {
    title: 'Amazon Route 53',
    package: 'python3-certbot-dns-route53',
    propagation: 0,
    fields: [
      plain('aws_access_key_id', 'Access key ID', /^[A-Z0-9]{16,128}$/, 'Capital letters and digits'),
      token('aws_secret_access_key', 'Secret access key'),
    ],
  },
} as const satisfies Record<string, Provider>

export const dnsProvider = v.picklist([
  'cloudflare',
  'digitalocean',
  'dnsimple',
  'gandi',
  'linode',
  'ovh',
  'rfc2136',
  'route53',
])
export type DnsProvider = v.InferOutput<typeof dnsProvider>

export const providers: Record<DnsProvider, Provider> = table

export const credentials = v.record(v.string(), v.string())
export type Credentials = v.InferOutput<typeof credentials>

/** As somebody enters them: a DNS server on this machine is an administrator's to name, as others' ports are there. */
export const givenCredentials = forAdministrators(credentials, {
  othersMay: {
    words: 'credentials for another DNS server',
    accepts: (given) => !isLocal((given as Credentials).server ?? ''),
  },
})

/** Finds the faults of credentials, by field; none when they are good. */
export function credentialProblems(provider: DnsProvider, given: Credentials): { path: string; message: string }[] {
  const { fields } = providers[provider]
  const unknown = Object.keys(given).filter((name) => !fields.some((field) => field.name === name))
  return [
    ...unknown.map((name) => ({ path: name, message: 'Unknown key' })),
    ...fields.flatMap(({ name, optional, pattern, rule }) => {
      const value = Object.hasOwn(given, name) ? given[name]! : ''
      return (value === '' && optional) || pattern.test(value) ? [] : [{ path: name, message: rule }]
    }),
  ]
}
