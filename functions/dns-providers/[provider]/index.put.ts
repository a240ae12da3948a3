import { strictObject } from 'valibot'
import { dnsProvider, givenCredentials } from '../../../lib/model/certificates/dns-providers.ts'
import { dnsProviders, keepDnsCredentials, refuseBadCredentials } from '../../../lib/panel/certificates/dns.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Save credentials for a DNS provider, and install certbot’s plugin for it',
  scope: 'dns:write',
  audit: 'dns.credentials',
  secretBody: true,
  job: 'Set up a DNS provider',
  fails: ['dns.keep', 'dns.list', 'invalid_input'],
  params: strictObject({ provider: dnsProvider }),
  body: strictObject({ credentials: givenCredentials }),
  returns: dnsProviders,
  precheck: ({ params, body }) => refuseBadCredentials(params.provider, body.credentials),
  run: ({ ctx, identity, params, body, job }) =>
    keepDnsCredentials(ctx, identity, params.provider, body.credentials, job.progress),
})
