import * as v from 'valibot'
import { domain } from '../domain.ts'
import { domainOrWildcard } from '../wildcard.ts'
import { dnsProvider } from './dns-providers.ts'

export const challenge = v.picklist(['http-01', 'dns-01'])
export type Challenge = v.InferOutput<typeof challenge>

/** `ecdsa` is P-256, `rsa` has 2048 bits for programs that know nothing newer. */
export const keyType = v.picklist(['ecdsa', 'rsa'])
export type KeyType = v.InferOutput<typeof keyType>

/** Subject of a certificate: a site's domain, or the server's own name. */
export const SERVER = '@server'
export const subject = v.union([v.literal(SERVER), domain])

/** A version of a certificate: the first 32 hex digits of its SHA-256 fingerprint. */
export const certificateId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))

/** Certificate of a vhost: one version in the agent's keeping, and the names it covers. */
export const served = v.strictObject({ id: certificateId, names: v.array(domainOrWildcard) })
export type Served = v.InferOutput<typeof served>

/** Facts that a certificate tells of itself. Times as ISO 8601. */
export const certificateFacts = v.strictObject({
  id: certificateId,
  names: v.array(v.string()),
  issuer: v.string(),
  serial: v.string(),
  keyType: v.string(),
  notBefore: v.string(),
  notAfter: v.string(),
  /** Whether browsers do not know the authority of a certificate that somebody brought. */
  privateAuthority: v.optional(v.boolean()),
})
export type CertificateFacts = v.InferOutput<typeof certificateFacts>

/** Input of POST. Without names all of the site's, also those it gets later. */
export const certificateRequest = v.strictObject({
  names: v.optional(
    v.pipe(
      v.array(domainOrWildcard),
      v.minLength(1),
      v.maxLength(100),
      v.transform((names) => [...new Set(names)]),
    ),
  ),
  challenge: v.optional(challenge, 'http-01'),
  dnsProvider: v.optional(dnsProvider),
  keyType: v.optional(keyType, 'ecdsa'),
})
export type CertificateRequest = v.InferOutput<typeof certificateRequest>

const pem = v.pipe(v.string(), v.maxLength(100_000))

/** Input of PUT: PEM texts. The chain may also follow the certificate in its own text. */
export const ownCertificate = v.strictObject({ certificate: pem, privateKey: pem, chain: v.optional(pem, '') })
export type CustomCertificate = v.InferOutput<typeof ownCertificate>

const attempt = v.strictObject({
  at: v.string(),
  kind: v.picklist(['request', 'renewal']),
  ok: v.boolean(),
  code: v.nullable(v.string()),
  message: v.nullable(v.string()),
})

/**
 * How a certificate is. `due`: to be renewed at the next turn; `expiring`: it should have been renewed by now;
 * `broken`: its files are gone or damaged, and a self-signed one stands in.
 */
const certificateState = v.picklist(['none', 'valid', 'due', 'expiring', 'expired', 'broken'])
export type CertificateState = v.InferOutput<typeof certificateState>

const overview = {
  state: certificateState,
  source: v.nullable(v.picklist(['acme', 'own'])),
  /** The names it covers. */
  names: v.array(v.string()),
  /** Names of the site that it should cover and does not. */
  missingNames: v.array(v.string()),
  issuer: v.nullable(v.string()),
  notBefore: v.nullable(v.string()),
  notAfter: v.nullable(v.string()),
  /** Whole days until it ends; negative once it has. */
  daysLeft: v.nullable(v.number()),
  /** Why it could not be had, renewed or served, and what to do. */
  problem: v.nullable(v.string()),
  /** Warns of a certificate that is served, but that browsers do not trust. */
  warning: v.nullable(v.string()),
}

/** Answer of GET /api/certificates, for each site and the server itself. */
export const certificateOverview = v.strictObject({ subject, unicodeDomain: v.string(), ...overview })
export type CertificateOverview = v.InferOutput<typeof certificateOverview>

export const certificate = v.strictObject({
  ...overview,
  serial: v.nullable(v.string()),
  keyType: v.nullable(v.string()),
  challenge: v.nullable(challenge),
  dnsProvider: v.nullable(dnsProvider),
  /** The names it was asked for; null: all of the site's, and those it gets later join by themselves. */
  chosenNames: v.nullable(v.array(v.string())),
  /** When it is renewed, and when next tried after a failure; null when nothing is planned. */
  renewsAt: v.nullable(v.string()),
  nextTryAt: v.nullable(v.string()),
  /** Attempts of the last seven days, newest first. */
  attempts: v.array(attempt),
  lastWeek: v.strictObject({ succeeded: v.number(), failed: v.number() }),
})
export type Certificate = v.InferOutput<typeof certificate>
