import { isAbsolute, normalize } from 'node:path'
import * as v from 'valibot'

/** Let's Encrypt, and the server it offers for trying. */
export const letsEncrypt = {
  directory: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const

const directory = v.pipe(
  v.string(),
  v.maxLength(300),
  v.regex(/^https:\/\/[A-Za-z0-9.:[\]-]+\/[A-Za-z0-9._~/-]*$/, 'Write the https:// address of an ACME directory'),
  v.check((text) => URL.canParse(text), 'This is not an address'),
)

const file = v.pipe(
  v.string(),
  v.maxLength(300),
  v.regex(/^\/[A-Za-z0-9._/-]+$/, 'Write a path such as /etc/ssl/certs/my-ca.pem'),
  v.check((path) => isAbsolute(path) && normalize(path) === path, 'Write the path without . and ..'),
)

const email = v.pipe(
  v.string(),
  v.maxLength(200),
  v.email('Write an e-mail address'),
  v.regex(/^[^\s-][^\s]*$/, 'An address does not begin with a dash'),
)

/** Where certificates are asked for, and as whom. */
export const acme = v.strictObject({
  directory: v.optional(directory, letsEncrypt.directory),
  /** Where a request is tried first, so that a failure does not count there; null: nowhere. */
  stagingDirectory: v.optional(v.nullable(directory), letsEncrypt.staging),
  /** Where the authority writes when something is wrong. */
  email: v.optional(v.nullable(email), null),
  /** A file of root's on this server with the certificates to trust the authority by; null: the system's. */
  caFile: v.optional(v.nullable(file), null),
})
export type Acme = v.InferOutput<typeof acme>

/** Any of them; the others stay. */
export const acmeChanges = v.strictObject({
  directory: v.optional(directory),
  stagingDirectory: v.optional(v.nullable(directory)),
  email: v.optional(v.nullable(email)),
  caFile: v.optional(v.nullable(file)),
})
