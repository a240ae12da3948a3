import { createHash, randomBytes } from 'node:crypto'

const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * nginx checks the password at each request, and does nothing else meanwhile: 1,000 rounds, the fewest that there are,
 * take it half a millisecond. A slow hash would be a way for strangers to stop every site.
 */
const ROUNDS = 1_000

const sha512 = (...parts: Buffer[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest()

/** Repeats bytes up to a length. */
const filled = (bytes: Buffer, length: number): Buffer =>
  Buffer.concat(Array.from({ length: Math.ceil(length / bytes.length) }, () => bytes)).subarray(0, length)

/** crypt(3)'s SHA-512 (`$6$`), as Drepper's specification has it; numbers of its steps are in the comments. */
export function sha512Crypt(password: string, salt = newSalt(), rounds = ROUNDS): string {
  const [key, grain] = [Buffer.from(password), Buffer.from(salt)]
  const b = sha512(key, grain, key) // 4-8
  const mixed: Buffer[] = [key, grain, filled(b, key.length)] // 1-3, 9, 10
  for (let length = key.length; length > 0; length >>= 1) mixed.push(length & 1 ? b : key) // 11
  let a = sha512(...mixed) // 12
  const p = filled(sha512(...Array.from({ length: key.length }, () => key)), key.length) // 13-16
  const s = filled(sha512(...Array.from({ length: 16 + a[0]! }, () => grain)), grain.length) // 17-20
  for (let round = 0; round < rounds; round++)
    a = sha512(...[round & 1 ? p : a, ...(round % 3 ? [s] : []), ...(round % 7 ? [p] : []), round & 1 ? a : p]) // 21
  return `$6$rounds=${rounds}$${salt}$${encoded(a)}` // 22
}

const newSalt = (): string => [...randomBytes(16)].map((byte) => letters[byte & 63]).join('')

/** Three bytes are four letters; which three belong together is a matter of the specification. */
function encoded(digest: Buffer): string {
  let text = ''
  for (let index = 0, at = [0, 21, 42]; index < 21; index++) {
    text += fourOf((digest[at[0]!]! << 16) | (digest[at[1]!]! << 8) | digest[at[2]!]!, 4)
    at = [at[1]! + 1, at[2]! + 1, at[0]! + 1]
  }
  return text + fourOf(digest[63]!, 2)
}

const fourOf = (bits: number, count: number): string =>
  Array.from({ length: count }, (_, index) => letters[(bits >> (6 * index)) & 63]).join('')
