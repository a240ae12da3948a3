import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { factsOf, idOf, readCertificates, toChain } from '../../../../lib/model/certificates/pem.ts'
import { covers } from '../../../../lib/model/wildcard.ts'
import { openssl } from '../../_pki.ts'
import { intermediate, leaf, logged, look, pki, root, text } from './_pem.ts'

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
