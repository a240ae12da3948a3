import { dnsProviders, listDnsProviders } from '../../lib/certificates/dns.ts'
import { defineFunction } from '../../lib/function/define.ts'

export default defineFunction({
  summary: 'List the DNS providers that certificates can be proved by, and which have credentials',
  scope: 'dns:read',
  returns: dnsProviders,
  run: ({ ctx, identity }) => listDnsProviders(ctx, identity!),
})
