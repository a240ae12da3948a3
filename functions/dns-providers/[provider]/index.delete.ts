import { strictObject } from 'valibot'
import { dnsProviders, forgetDnsCredentials, listDnsProviders } from '../../../lib/certificates/dns.ts'
import { dnsProvider } from '../../../lib/certificates/dns-providers.ts'
import { defineFunction } from '../../../lib/function/define.ts'

export default defineFunction({
  summary: 'Forget the credentials for a DNS provider',
  scope: 'dns:write',
  audit: 'dns.forget',
  params: strictObject({ provider: dnsProvider }),
  returns: dnsProviders,
  snapshot: ({ ctx, identity }) => listDnsProviders(ctx, identity!),
  run: ({ ctx, identity, params }) => forgetDnsCredentials(ctx, identity!, params.provider),
})
