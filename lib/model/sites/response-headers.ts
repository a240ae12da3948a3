import * as v from 'valibot'
import { areDistinct, sitePath } from './site-path.ts'

/** Headers that the server itself answers for, with the setting that says so where there is one. */
const own: Record<string, string> = {
  'strict-transport-security': 'turn hsts on instead',
  'x-content-type-options': 'the panel sends it already',
  vary: 'nginx sends it where it is needed',
}
const ofTheServer = new RegExp(
  `^(?:${[
    'alt-svc|connection|content-(?:encoding|length|range|type)|date|etag|keep-alive|last-modified|location|proxy-.*',
    'server|set-cookie|te|trailer|transfer-encoding|upgrade|x-accel-.*|x-cache|x-hosting-panel.*',
  ].join('|')})$`,
)

/** A `$` is written as a variable's name, and nginx takes words of 4,096 bytes. */
export const fitsWord = (text: string): boolean => text.length + 24 * (text.split('$').length - 1) <= 3_500

const name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'A header’s name has letters, digits and hyphens'),
  v.check((text) => !ofTheServer.test(text.toLowerCase()), 'The server itself answers this header'),
  v.check((text) => !/^access-control-/i.test(text), 'Set cors instead, which sends this header'),
  v.rawCheck(({ dataset, addIssue }) => {
    const reason = dataset.typed ? own[dataset.value.toLowerCase()] : undefined
    if (reason) addIssue({ message: `Leave this header out: ${reason}` })
  }),
)
const value = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'A header’s value is one line of printable ASCII characters'),
  v.check(fitsWord, 'This value is too long'),
)

const header = v.strictObject({ name, value, path: v.optional(sitePath) })
export type Header = v.InferOutput<typeof header>

/** Whether a header is of some paths only. */
export const isBound = ({ path = '/' }: Header): boolean => path !== '/'

/** Patterns cost time at every request. */
const MOST_BOUND = 20

/** Headers of each answer, or of those below a path; the longest path wins. */
export const headers = v.pipe(
  v.array(header),
  v.maxLength(50),
  v.check((all) => all.filter(isBound).length <= MOST_BOUND, `At most ${MOST_BOUND} headers of single paths`),
  v.check(
    (all) => areDistinct(all.map((one) => `${one.name.toLowerCase()} ${one.path ?? '/'}`)),
    'A header is set twice for the same path',
  ),
)

const origin = v.pipe(
  v.string(),
  v.maxLength(250),
  v.check(
    (text) => text === '*' || (/^https?:\/\/[^/]+$/.test(text) && URL.parse(text)?.origin === text),
    'Write an origin such as https://app.example.com, without a path, or * for all',
  ),
)
const method = v.picklist(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const token = v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/, 'A header’s name has letters, digits and hyphens'))

/** Pages of other origins that may call this site from a browser (CORS). */
export const cors = v.pipe(
  v.strictObject({
    origins: v.pipe(
      v.array(origin),
      v.minLength(1),
      v.maxLength(50),
      v.check((all) => areDistinct(all), 'An origin is named twice'),
    ),
    methods: v.optional(v.pipe(v.array(method), v.minLength(1), v.maxLength(6)), ['GET', 'HEAD', 'POST']),
    headers: v.optional(v.pipe(v.array(token), v.maxLength(30)), []),
    exposed: v.optional(v.pipe(v.array(token), v.maxLength(30)), []),
    credentials: v.optional(v.boolean(), false),
    maxAge: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400)), 600),
  }),
  v.check(({ origins }) => !origins.includes('*') || origins.length === 1, 'With * no other origin is named'),
  v.check(
    ({ origins, credentials }) => !credentials || !origins.includes('*'),
    'Name the origins that may send cookies: browsers refuse * together with credentials',
  ),
)
export type Cors = v.InferOutput<typeof cors>
