import * as v from 'valibot'

/** The name that the server's root has on record: one that no account can have. */
export const ROOT = '(root)'

/** An account's name as somebody may send it; whether there is one is looked up. */
export const username = v.pipe(
  v.string(),
  v.normalize('NFKC'),
  v.trim(),
  v.maxLength(32, 'A user name has at most 32 characters'),
  v.toLowerCase(),
)

/** A new account's name: letters, digits, dot, dash and underscore, beginning with a letter; folded to lower case. */
export const newUsername = v.pipe(
  v.string(),
  v.normalize('NFKC'),
  v.trim(),
  v.regex(/^[A-Za-z][A-Za-z0-9._-]{1,31}$/, 'Use 2 to 32 letters, digits, dots, dashes or underscores, a letter first'),
  v.toLowerCase(),
)
