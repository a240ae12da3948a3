import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openssl } from '../../_pki.ts'
import { intermediate, leaf, logged, look, pki, root, roots, text } from './_pem.ts'

const day = (at: Date) => at.toISOString().slice(0, 10)

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
      `certificate: The certificate expired on ${day(new Date(Date.now() - 86_400_000))}; is the server’s clock right?`,
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
