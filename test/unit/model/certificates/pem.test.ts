import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  factsOf,
  idOf,
  isPrivate,
  readCertificates,
  readPrivateKey,
  refuseUnsound,
  toChain,
} from '../../../../lib/model/certificates/pem.ts'
import { covers } from '../../../../lib/model/wildcard.ts'
import { openssl, Pki, type Issued } from '../../_pki.ts'

const pki = new Pki()
afterAll(() => pki.remove())

const root = pki.authority('Root')
const intermediate = pki.authority('Intermediate', root)
const leaf = pki.leaf('leaf', intermediate)
const logged = pki.leaf('logged', intermediate, { logged: true })
const roots = [new X509Certificate(root.certificate)]

const text = (...chain: Issued[]) => chain.map(({ certificate }) => certificate).join('')
const day = (at: Date) => at.toISOString().slice(0, 10)

/** As one’s own certificate is looked at: pasted, with a key, against the authorities that visitors know. */
function look(certificates: string, key: string, known: readonly X509Certificate[] = roots, now = new Date()): string {
  try {
    const chain = readCertificates(certificates)
    refuseUnsound(chain, readPrivateKey(key), now)
    return isPrivate(chain, known) ? 'private' : 'sound'
  } catch (error) {
    expect(error).toMatchObject({ code: 'certificate_invalid', status: 422 })
    const { message, details } = error as { message: string; details: { issues: { path: string }[] } }
    return `${details.issues[0]!.path}: ${message}`
  }
}

describe('a certificate that is sound', () => {
  it('with its chain, and with or without the root', () => {
    expect(look(text(leaf, intermediate), leaf.key)).toBe('sound')
    expect(look(text(leaf, intermediate, root), leaf.key)).toBe('sound')
  })
  it('of a private authority, with any part of its chain', () => {
    for (const chain of [text(leaf), text(leaf, intermediate), text(leaf, intermediate, root)])
      expect(look(chain, leaf.key, [])).toBe('private')
    expect(look(text(logged, intermediate, root), logged.key, [])).toBe('private')
    expect(look(text(leaf), leaf.key)).toBe('private')
  })
  it('that nobody but itself signed', () => {
    const alone = pki.leaf('alone', undefined)
    expect(look(text(alone), alone.key)).toBe('private')
  })
  it.each(['rsa', 'p384'] as const)('with a key of the kind %s', (kind) => {
    const other = pki.leaf(kind, root, { kind })
    expect(look(text(other), other.key)).toBe('sound')
  })
  it('whatever stands around it', () => {
    const chatty =
      `Bag Attributes\n    friendlyName: leaf\n${leaf.certificate.replaceAll('\n', '\r\n')}\r\n\r\nsubject=CN = ` +
      `Intermediate\n${intermediate.certificate}`
    expect(look(chatty, leaf.key)).toBe('sound')
  })
  it('with a key in an older form', () => {
    const file = join(pki.directory, 'old.key')
    openssl('ec', '-in', leaf.file.replace(/crt$/, 'key'), '-out', file)
    expect(readFileSync(file, 'utf8')).toContain('BEGIN EC PRIVATE KEY')
    expect(look(text(leaf, intermediate), readFileSync(file, 'utf8'))).toBe('sound')
  })
})

describe('a certificate is refused', () => {
  it.each([
    ['nothing', ''],
    ['garbage', 'certificate'],
    ['binary', '\0\x30\x82\xff'],
    ['markers alone', '-----BEGIN-----'],
  ])('that is %s', (_, garbage) => {
    expect(look(garbage, leaf.key)).toBe(
      'certificate: The text contains no certificate; paste it from -----BEGIN CERTIFICATE----- on',
    )
  })

  const damaged = 'certificate: One of the certificates is damaged; paste it again, whole'
  const without = (at: number) => leaf.certificate.split('\n').toSpliced(at, 1).join('\n')
  it.each([
    ['a line in the middle', without(3)],
    ['its end', without(-2)],
    ['all but its markers', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['its letters to quotes', leaf.certificate.replace(/\n./, '\n>')],
  ])('that has lost %s, first or last', (_, part) => {
    expect(look(part, leaf.key)).toBe(damaged)
    expect(look(part + intermediate.certificate, leaf.key)).toBe(damaged)
    expect(look(leaf.certificate + part, leaf.key)).toBe(damaged)
  })

  it('that comes with its key in the same field', () => {
    const message = 'certificate: The text contains more than certificates; a private key belongs into its own field'
    for (const pasted of [
      leaf.key,
      leaf.certificate + leaf.key,
      leaf.key + leaf.certificate,
      readFileSync(leaf.file.replace(/crt$/, 'csr'), 'utf8'),
    ])
      expect(look(pasted, leaf.key)).toBe(message)
  })

  it('whose authority’s comes first, or alone', () => {
    const message = 'certificate: This is the certificate of an authority; the site’s own comes first'
    expect(look(text(intermediate, leaf), leaf.key)).toBe(message)
    expect(look(text(root), root.key)).toBe(message)
  })

  it('that ran out, or does not count yet', () => {
    const [old, early] = [
      pki.leaf('old', intermediate, { from: -90, to: -1 }),
      pki.leaf('early', intermediate, { from: 1 }),
    ]
    expect(look(text(old, intermediate), old.key)).toBe(
      `certificate: The certificate expired on ${day(new Date(Date.now() - 86_400_000))}`,
    )
    expect(look(text(early, intermediate), early.key)).toMatch(
      /^certificate: The certificate is valid only from .* on; is the server’s clock right\?$/,
    )
    expect(look(text(leaf, intermediate), leaf.key, roots, new Date(Date.now() + 100 * 86_400_000))).toMatch(
      /^certificate: The certificate expired/,
    )
  })
})

describe('a key is refused', () => {
  it('of another certificate', () =>
    expect(look(text(leaf, intermediate), intermediate.key)).toBe(
      'privateKey: The key does not belong to the certificate',
    ))

  it.each([
    ['rsa1024', 'An RSA key needs 2048 bits at least'],
    ['p521', 'Browsers accept only the curves P-256 and P-384'],
    ['ed25519', 'Browsers accept only RSA and ECDSA keys'],
  ] as const)('of the kind %s', (kind, message) => {
    const weak = pki.leaf(kind, root, { kind })
    expect(look(text(weak), weak.key)).toBe(`privateKey: ${message}`)
  })

  it.each([['-aes256'], ['-aes256', '-traditional']])('with a password: %s', (...options) => {
    const file = join(pki.directory, 'locked.key')
    openssl('pkey', '-in', leaf.file.replace(/crt$/, 'key'), ...options, '-passout', 'pass:secret', '-out', file)
    expect(look(text(leaf, intermediate), readFileSync(file, 'utf8'))).toMatch(/^privateKey: The key has a password/)
  })

  it.each([
    ['nothing', ''],
    ['garbage', 'key'],
    ['a certificate', leaf.certificate],
    ['a damaged one', leaf.key.replace(/\n.{20}/, '\n')],
    ['a public one', openssl('pkey', '-in', leaf.file.replace(/crt$/, 'key'), '-pubout')],
  ])('that is %s', (_, key) =>
    expect(look(text(leaf, intermediate), key)).toBe('privateKey: This is not a private key in PEM form'),
  )
})

describe('a chain is refused', () => {
  it('in the wrong order', () => {
    const below = pki.authority('Below', intermediate)
    const deep = pki.leaf('deep', below)
    expect(look(text(deep, below, intermediate, root), deep.key)).toBe('sound')
    expect(look(text(deep, intermediate, below), deep.key)).toBe(
      'chain: The chain is in the wrong order: each certificate is followed by the one that signed it',
    )
    expect(look(text(deep, below, root, intermediate), deep.key)).toMatch(/wrong order/)
  })
  it('of another authority', () => {
    const other = pki.authority('Other', root)
    expect(look(text(leaf, other), leaf.key)).toBe('chain: leaf was not signed by Other, which follows it')
  })
  it('of an authority that only has the same name', () => {
    const impostor = pki.authority('Intermediate', root)
    expect(look(text(leaf, impostor), leaf.key)).toBe('chain: leaf was not signed by Intermediate, which follows it')
  })
  it('of a public authority that is not complete', () => {
    expect(look(text(logged, intermediate), logged.key)).toBe('sound')
    expect(look(text(logged), logged.key)).toBe(
      'chain: The chain is not complete: the certificate of Intermediate is missing',
    )
    expect(look(text(logged, intermediate), logged.key, [])).toBe(
      'chain: The chain is not complete: the certificate of Root is missing',
    )
  })
})

describe('what a certificate says of itself', () => {
  it('is its names, its authority and its dates', () => {
    const certificate = new X509Certificate(leaf.certificate)
    const facts = factsOf(certificate)
    expect(facts).toEqual({
      id: idOf(certificate),
      names: ['a.test', 'www.a.test'],
      issuer: 'Intermediate',
      serial: certificate.serialNumber.toLowerCase(),
      keyType: 'ecdsa',
      notBefore: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      notAfter: expect.any(String),
    })
    expect(facts.id).toBe(
      openssl('x509', '-in', leaf.file, '-noout', '-fingerprint', '-sha256')
        .split('=')[1]!
        .trim()
        .replaceAll(':', '')
        .toLowerCase()
        .slice(0, 32),
    )
    expect(Date.parse(facts.notAfter) - Date.parse(facts.notBefore)).toBe(90 * 86_400_000)
  })
  it('in lower case, wildcards and all; or nothing, where it says nothing', () => {
    expect(
      factsOf(new X509Certificate(pki.leaf('wild', root, { names: ['*.A.test', 'A.TEST'], kind: 'rsa' }).certificate)),
    ).toMatchObject({ names: ['*.a.test', 'a.test'], keyType: 'rsa', issuer: 'Root' })
    expect(factsOf(new X509Certificate(pki.leaf('nameless', root, { names: [] }).certificate)).names).toEqual([])
  })

  it.each([
    ['a.test', true],
    ['www.a.test', false],
    ['x.b.test', true],
    ['b.test', false],
    ['x.y.b.test', false],
    ['*.b.test', true],
    ['*.a.test', false],
    ['*.x.b.test', false],
    ['xb.test', false],
    ['', false],
  ])('covers %j: %j', (name, covered) => expect(covers(['a.test', '*.b.test'], name)).toBe(covered))

  it('is served with its chain, but without the root that visitors have', () => {
    const chain = readCertificates(text(leaf, intermediate, root))
    expect(chain).toHaveLength(3)
    expect(toChain(chain)).toBe(text(leaf, intermediate))
    expect(toChain(readCertificates(text(root))), 'alone it stays').toBe(root.certificate)
    expect(toChain([])).toBe('')
  })
})
