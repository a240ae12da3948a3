import * as v from 'valibot'
import { areDistinct, sitePath } from './site-path.ts'

/** Most protected paths of a site: each has a file of passwords of its own. */
export const MOST_AREAS = 8
const MOST_USERS = 50

const name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._@-]{1,64}$/, 'A user name has letters, digits, dots, _, @ and -, 64 at most'),
)
const realm = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._,:!()-]{0,59}$/, 'Use letters, digits, spaces and . _ , : ! ( ) -, 60 at most'),
  v.check((text) => text !== 'off', '“off” would let everybody in; use another text'),
)
const password = v.pipe(
  v.string(),
  v.minLength(8, 'A password has 8 characters at least'),
  v.maxLength(128),
  v.check((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'A password has no line breaks and no control characters'),
)

const area = { path: sitePath, realm: v.optional(realm, 'Protected') }
const isOnce = (areas: readonly { path: string }[]): boolean =>
  areDistinct(areas.map(({ path }) => path.replace(/\/$/, '').toLowerCase()))
const twice = 'A path is protected twice'

const users = <S extends v.GenericSchema<unknown, { name: string }>>(user: S) =>
  v.pipe(
    v.array(user),
    v.minLength(1, 'Name at least one user'),
    v.maxLength(MOST_USERS),
    v.check((all) => areDistinct(all.map((one) => one.name)), 'A user is named twice'),
  )

/** Input: a user without a password keeps the current one. */
export const newBasicAuth = v.pipe(
  v.array(v.strictObject({ ...area, users: users(v.strictObject({ name, password: v.optional(password) })) })),
  v.maxLength(MOST_AREAS),
  v.check((all) => isOnce(all), twice),
  v.check((areas) => areas.flatMap((one) => one.users).length <= MOST_USERS, `At most ${MOST_USERS} users in all`),
)
export type NewBasicAuth = v.InferOutput<typeof newBasicAuth>

/** As crypt(3) writes it; the password itself is nowhere. */
const hash = v.pipe(v.string(), v.regex(/^\$6\$rounds=\d{4,6}\$[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}$/))

/** Paths that ask for a user name and a password, as the store keeps them and the agent is told. */
export const basicAuth = v.pipe(
  v.array(v.strictObject({ ...area, users: users(v.strictObject({ name, hash })) })),
  v.maxLength(MOST_AREAS),
  v.check((all) => isOnce(all), twice),
)
export type BasicAuth = v.InferOutput<typeof basicAuth>

/** The same as the API answers it. */
export const shownBasicAuth = v.array(
  v.strictObject({ path: v.string(), realm: v.string(), users: v.array(v.string()) }),
)
