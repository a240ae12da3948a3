import { dnsProviders, listDnsProviders } from '../../lib/panel/certificates/dns.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'List the DNS providers that certificates can be proved by, and which have credentials',
  throws: ['dns.list'],
  scope: 'dns:read',
  returns: dnsProviders,
  run: ({ ctx, identity }) => listDnsProviders(ctx, identity),
})
