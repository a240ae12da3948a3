import * as v from 'valibot'

/** A new account's name: letters, digits, dot, dash and underscore, beginning with a letter; folded to lower case. */
export const newUsername = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9._-]{1,31}$/, 'Use 2 to 32 letters, digits, dots, dashes or underscores, a letter first'),
  v.toLowerCase(),
)
