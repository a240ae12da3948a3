import { strictObject } from 'valibot'
import { dnsProvider } from '../../../lib/model/certificates/dns-providers.ts'
import { dnsProviders, deleteDnsCredentials, listDnsProviders } from '../../../lib/panel/certificates/dns.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Delete the credentials for a DNS provider',
  throws: ['dns.delete', 'dns.list'],
  scope: 'dns:write',
  audit: 'dns.forget',
  params: strictObject({ provider: dnsProvider }),
  returns: dnsProviders,
  snapshot: ({ ctx, identity }) => listDnsProviders(ctx, identity),
  run: ({ ctx, identity, params }) => deleteDnsCredentials(ctx, identity, params.provider),
})
