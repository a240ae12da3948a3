import * as v from 'valibot'
import { acme } from '../certificates/acme.ts'
import { credentials, dnsProvider } from '../certificates/dns-providers.ts'
import { certificateFacts, certificateId, challenge, keyType, ownCertificate, subject } from '../certificates/schema.ts'
import { domain } from '../domain.ts'
import { domainOrWildcard } from '../wildcard.ts'
import { nothing } from './change.ts'
import { resolvers } from './desired.ts'
import * as errors from './throws.ts'

/** Owner of credentials of a DNS provider: a user, or the administrators. */
const account = v.pipe(v.string(), v.regex(/^(?:@admin|[a-z][a-z0-9._-]{1,31})$/))
const names = v.pipe(v.array(domainOrWildcard), v.minLength(1), v.maxLength(100))

/** Operations of the agent about certificates and DNS providers; lib/model/protocol/agent.ts has the others. */
export const certificateOperations = {
  /**
   * Which names an authority would not find its proof for, and why: DNS, firewall, nginx; and the addresses it would go
   * by. `known` are those by which one has come before. Asks no authority.
   */
  'certificates.check': {
    input: v.strictObject({ names, resolvers, known: v.array(v.string()) }),
    output: v.strictObject({
      addresses: v.array(v.string()),
      problems: v.array(v.strictObject({ name: v.string(), code: v.string(), message: v.string() })),
    }),
    throws: [...errors.dnsProblem, 'command_failed', 'proxy_secret_missing'],
  },
  /**
   * Has an authority give a certificate and keeps it, not served yet; `current` is the one that is. With `dryRun` it
   * only tries.
   */
  'certificates.issue': {
    input: v.strictObject({
      subject,
      names,
      challenge,
      dnsProvider: v.nullable(dnsProvider),
      account,
      keyType,
      current: v.nullable(certificateId),
      dryRun: v.boolean(),
      server: acme.entries.directory.wrapped,
      email: acme.entries.email.wrapped,
      caFile: acme.entries.caFile.wrapped,
    }),
    /** `asked`: whether the authority was; not for one that was had before and never served. */
    output: v.strictObject({ facts: v.nullable(certificateFacts), asked: v.boolean() }),
    throws: errors.certbot,
  },
  /** Keeps a certificate that somebody brought, not served yet. */
  'certificates.keep': {
    input: v.strictObject({ subject, names, ...ownCertificate.entries }),
    output: certificateFacts,
    throws: ['certificate_invalid', 'command_failed', 'disk_full'],
  },
  /** Which subjects' versions are missing or damaged. */
  'certificates.state': {
    reads: 'shared',
    input: v.strictObject({ versions: v.array(v.strictObject({ subject, id: certificateId })) }),
    output: v.strictObject({ broken: v.array(v.string()) }),
  },
  /** The certificate that answers for a name right now, as nginx gives it; null when none does. */
  'certificates.answer': {
    reads: 'each',
    input: v.strictObject({ name: domain, port: v.picklist([443, 8080]) }),
    output: v.strictObject({ id: v.nullable(certificateId) }),
  },
  /** Deletes versions but the one served and the one before; all without `current`. */
  'certificates.prune': {
    input: v.strictObject({ subject, current: v.nullable(certificateId) }),
    output: nothing,
    throws: ['command_failed'],
  },
  /** Deletes what came for a site after it had gone: a day later, the versions of all subjects but these. */
  'certificates.sweep': {
    input: v.strictObject({ subjects: v.array(subject) }),
    output: v.strictObject({ removed: v.array(v.string()) }),
    throws: ['command_failed'],
  },
  /** Makes the server's self-signed certificate anew when it ends soon. */
  'certificates.selfSigned': {
    input: nothing,
    output: v.strictObject({ renewed: v.boolean() }),
    throws: ['command_failed', 'directives_refused', 'nginx_check_failed', 'nginx_reload_failed'],
  },
  'dns.list': {
    reads: 'shared',
    input: v.strictObject({ account }),
    output: v.strictObject({ configured: v.array(dnsProvider) }),
  },
  'dns.keep': {
    input: v.strictObject({ account, provider: dnsProvider, credentials }),
    output: nothing,
    throws: ['command_failed', 'package_unavailable'],
  },
  /** null: those of all providers. */
  'dns.delete': {
    input: v.strictObject({ account, provider: v.nullable(dnsProvider) }),
    output: nothing,
    throws: ['command_failed'],
  },
} as const
