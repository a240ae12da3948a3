/**
 * The names that promise a secret, whole or as the last part of a name: `password`, `currentPassword`, `api_key`.
 * A name that only has one somewhere, such as `unicodeDomain`, `statusCode` or `keyType`, promises none.
 */
const last = /(?:passwords?|passphrase|secrets?|tokens?|credentials)$/i
const whole = new Set(['code', 'codes', 'recoverycodes', 'totp', 'otp', 'qr', 'response', 'proof', 'key', 'signature'])
const keys = /(?:^key|(?:private|secret|api|access|application|consumer|encryption|session)_?key)$/i

const isSecret = (name: string): boolean => last.test(name) || whole.has(name.toLowerCase()) || keys.test(name)

/** Takes out the values under names that promise a secret, at every depth; of an environment, all values. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redacted(name, inner)]))
}

/** A number or a yes and no (how many codes, whether there is a second factor) is no secret. */
function redacted(name: string, inner: unknown): unknown {
  if (name === 'env') return withoutValues(inner)
  return isSecret(name) && (typeof inner === 'string' || typeof inner === 'object') && inner !== null
    ? '(secret)'
    : redact(inner)
}

const withoutValues = (env: unknown): unknown =>
  Array.isArray(env) || typeof env !== 'object' || env === null
    ? env
    : Object.fromEntries(Object.keys(env).map((name) => [name, '(secret)']))
