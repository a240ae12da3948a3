import type { Options } from '@node-rs/argon2'
import * as v from 'valibot'

/** OWASP's argon2id: 19 MiB, two passes, one lane. */
const options: Options = { algorithm: 2 satisfies 2 as never, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** At least 12 characters; at most 1,024 bytes, so that hashing cannot be made to take long. */
export const newPassword = v.pipe(
  v.string(),
  v.minLength(12, 'Use at least 12 characters; three or four random words are good'),
  v.maxBytes(1024, 'Use at most 1,024 bytes'),
)

/** A password as somebody may send it to be checked. */
export const password = v.pipe(v.string(), v.maxLength(1024, 'A password has at most 1,024 characters'))

/** A code of an authenticator app, or a recovery code. Full-width digits, as some keyboards write them, are digits. */
export const code = v.pipe(v.string(), v.maxLength(64, 'A code has at most 64 characters'), v.normalize('NFKC'))

/** The native module is loaded with the first password: most starts never need it. */
const argon2 = () => import('@node-rs/argon2')

/** Two keyboards may write the same letter in two ways; NFKC makes them one, as RFC 8265 advises. */
const normalized = (password: string): string => password.normalize('NFKC')

export async function hashPassword(password: string): Promise<string> {
  return (await argon2()).hash(normalized(password), options)
}

/** The hash of a password nobody knows, made with the same options. */
const nobody = '$argon2id$v=19$m=19456,t=2,p=1$6NiS3kaWpNjAgo432eRHgQ$du2UQBDUmOh7PihuB1Sm/kigoQhnyEFlWnpvGVz4gqE'

/** Whether a password fits. Without a user it takes as long, so that time does not tell who exists. */
export async function passwordFits(hash: string | null, password: string): Promise<boolean> {
  const { verify } = await argon2()
  // Earlier releases hashed passwords as they came.
  const ways = new Set([normalized(password), password])
  let fits = false
  for (const way of ways) fits = (await verify(hash ?? nobody, way)) || fits
  return hash !== null && fits
}
