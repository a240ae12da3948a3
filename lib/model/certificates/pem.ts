import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { PanelError } from '../errors.ts'
import type { CertificateFacts } from './schema.ts'

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** The certificates in a PEM text, in their order. Throws `certificate_invalid`. */
export function readCertificates(text: string): X509Certificate[] {
  const rest = text.replaceAll(block, '').trim()
  if (/-----BEGIN (?!CERTIFICATE-----)/.test(rest))
    throw refusal('certificate', 'The text contains more than certificates; a private key belongs into its own field')
  if (rest.includes('-----BEGIN CERTIFICATE-----')) throw damaged()
  return (text.match(block) ?? []).map((pem) => {
    try {
      return new X509Certificate(pem)
    } catch {
      throw damaged()
    }
  })
}

const damaged = (): PanelError => refusal('certificate', 'One of the certificates is damaged; paste it again, whole')

/** A private key, as PEM without a password. Throws `certificate_invalid`. */
export function readPrivateKey(text: string): KeyObject {
  if (/ENCRYPTED/.test(text))
    throw refusal(
      'privateKey',
      'The key has a password, but nobody can enter it when nginx starts; remove it (openssl pkey) and try again',
    )
  try {
    return createPrivateKey({ key: text, format: 'pem' })
  } catch {
    throw refusal('privateKey', 'This is not a private key in PEM form')
  }
}

/** Reads the facts that a certificate tells of itself. */
export const factsOf = (certificate: X509Certificate): CertificateFacts => ({
  id: idOf(certificate),
  names: namesOf(certificate),
  issuer: named(certificate.issuer),
  serial: certificate.serialNumber.toLowerCase(),
  keyType: certificate.publicKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ecdsa',
  notBefore: new Date(certificate.validFrom).toISOString(),
  notAfter: new Date(certificate.validTo).toISOString(),
})

/** The names of a version's files. */
export const idOf = ({ fingerprint256 }: X509Certificate): string =>
  fingerprint256.replaceAll(':', '').toLowerCase().slice(0, 32)

const namesOf = ({ subjectAltName }: X509Certificate): string[] =>
  [...(subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!.toLowerCase())

/** `Example CA R3` of a distinguished name, its organisation, or all of it. */
const named = (name: string): string =>
  /^CN=(.+)$/m.exec(name)?.[1] ?? /^O=(.+)$/m.exec(name)?.[1] ?? name.replaceAll('\n', ', ')

/** The certificates as nginx wants them, without the root that visitors have anyway. */
export const toChain = (chain: readonly X509Certificate[]): string =>
  chain
    .filter((each, index) => index === 0 || !isRoot(each))
    .map((each) => each.toString())
    .join('')

const isRoot = (certificate: X509Certificate): boolean =>
  certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey)

const refusal = (path: string, message: string): PanelError =>
  new PanelError('certificate_invalid', 422, message, { issues: [{ path, message }] })

/** Throws `certificate_invalid` unless certificate, key and chain belong together, are strong enough and count now. */
export function refuseUnsound(chain: readonly X509Certificate[], key: KeyObject, now: Date): void {
  const [leaf] = chain
  if (!leaf)
    throw refusal('certificate', 'The text contains no certificate; paste it from -----BEGIN CERTIFICATE----- on')
  if (leaf.ca) throw refusal('certificate', 'This is the certificate of an authority; the site’s own comes first')
  if (!leaf.checkPrivateKey(key)) throw refusal('privateKey', 'The key does not belong to the certificate')
  if (new Date(leaf.validTo) <= now)
    throw refusal(
      'certificate',
      `The certificate expired on ${new Date(leaf.validTo).toISOString().slice(0, 10)}; is the server’s clock right?`,
    )
  if (new Date(leaf.validFrom) > now)
    throw refusal(
      'certificate',
      `The certificate is valid only from ${leaf.validFrom} on; is the server’s clock right?`,
    )
  const details = key.asymmetricKeyDetails ?? {}
  const type = key.asymmetricKeyType
  if (type !== 'rsa' && type !== 'ec') throw refusal('privateKey', 'Browsers accept only RSA and ECDSA keys')
  if (type === 'rsa' && (details.modulusLength ?? 0) < 2048)
    throw refusal('privateKey', 'An RSA key needs 2048 bits at least')
  if (type === 'ec' && !['prime256v1', 'secp384r1'].includes(details.namedCurve ?? ''))
    throw refusal('privateKey', 'Browsers accept only the curves P-256 and P-384')
  refuseBrokenChain(chain, now)
}

/** Each certificate is signed by the next. */
function refuseBrokenChain(chain: readonly X509Certificate[], now: Date): void {
  for (const [index, certificate] of chain.entries()) {
    if (new Date(certificate.validTo) <= now)
      throw refusal('chain', `${named(certificate.subject)} in the chain expired on ${certificate.validTo}`)
    const issuer = chain[index + 1]
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) {
      const elsewhere = chain.some((other) => other !== certificate && certificate.checkIssued(other))
      throw refusal(
        'chain',
        elsewhere
          ? 'The chain is in the wrong order: each certificate is followed by the one that signed it'
          : `${named(certificate.subject)} was not signed by ${named(issuer.subject)}, which follows it`,
      )
    }
  }
}

/** Proofs of Certificate Transparency (RFC 6962, 3.3): browsers demand them of every authority that they know. */
const transparency = Buffer.from('060a2b06010401d679020402', 'hex')

/**
 * Whether a chain leads to none of the roots that visitors know. Throws `certificate_invalid` if a public authority
 * signed it and only its middle is missing: with that it would lead there.
 */
export function isPrivate(chain: readonly X509Certificate[], roots: readonly X509Certificate[]): boolean {
  const last = chain.at(-1)!
  if (roots.some((root) => last.checkIssued(root) && last.verify(root.publicKey))) return false
  if (!isRoot(last) && chain[0]!.raw.includes(transparency))
    throw refusal('chain', `The chain is not complete: the certificate of ${named(last.issuer)} is missing`)
  return true
}
