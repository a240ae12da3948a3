import { X509Certificate } from 'node:crypto'
import { afterAll, expect } from 'vitest'
import { isPrivate, readCertificates, readPrivateKey, refuseUnsound } from '../../../../lib/model/certificates/pem.ts'
import { Pki, type Issued } from '../../_pki.ts'

export const pki = new Pki()
afterAll(() => pki.remove())

export const root = pki.authority('Root')
export const intermediate = pki.authority('Intermediate', root)
export const leaf = pki.leaf('leaf', intermediate)
export const logged = pki.leaf('logged', intermediate, { logged: true })
export const roots = [new X509Certificate(root.certificate)]

export const text = (...chain: Issued[]) => chain.map(({ certificate }) => certificate).join('')

/** As one’s own certificate is looked at: pasted, with a key, against the authorities that visitors know. */
export function look(
  certificates: string,
  key: string,
  known: readonly X509Certificate[] = roots,
  now = new Date(),
): string {
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
