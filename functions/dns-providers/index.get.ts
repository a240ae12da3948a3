import { dnsProviders, listDnsProviders } from '../../lib/panel/certificates/dns.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the DNS providers for certificates, and whether each has credentials',
  throws: ['dns.list'],
  scope: 'dns:read',
  returns: dnsProviders,
  run: ({ ctx, identity }) => listDnsProviders(ctx, identity),
})
