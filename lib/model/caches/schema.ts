import * as v from 'valibot'

/** The beginning of a cookie's name: who sends such a one is not given pages of the cache. */
const cookiePrefix = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_.-]{1,64}$/, 'The beginning of a cookie’s name: letters, digits, _, . and -, 64 at most'),
)

/** How long pages are kept unless their own headers say otherwise, and for whom they are not. */
export const pageCache = v.strictObject({
  minutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_080)),
  bypassCookies: v.pipe(v.array(cookiePrefix), v.maxLength(20)),
  /** true: phones and tablets have copies of their own, for sites that send them other pages. */
  byDevice: v.boolean(),
})
export type PageCache = v.InferOutput<typeof pageCache>

/** SHA-256 of a password in hexadecimal, as Redis keeps it. The password itself is nowhere. */
export const passwordHash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

/** Caches of a site, as the store keeps them and the agent is told. */
export const cacheSpec = v.strictObject({
  redis: v.nullable(v.strictObject({ hash: passwordHash })),
  page: v.nullable(pageCache),
  /** Whether it may run scripts in Redis: the panel takes that right from a site whose scripts do not end. */
  scripts: v.boolean(),
})
export type CacheSpec = v.InferOutput<typeof cacheSpec>

export const noCaches: CacheSpec = { redis: null, page: null, scripts: true }

/** Input of PUT: both caches as they are to be; one that is left out is off. */
export const cacheChanges = v.strictObject({
  redis: v.optional(v.boolean(), false),
  page: v.optional(
    v.nullable(
      v.strictObject({
        ...pageCache.entries,
        bypassCookies: v.optional(pageCache.entries.bypassCookies, []),
        byDevice: v.optional(pageCache.entries.byDevice, false),
      }),
    ),
    null,
  ),
})
export type CacheChanges = v.InferOutput<typeof cacheChanges>

/** Redis's content for a site; bytes are estimated from some of its keys. */
export const redisUsage = v.strictObject({ keys: v.number(), bytes: v.number() })
export type RedisUsage = v.InferOutput<typeof redisUsage>

/** Content of the page cache, and how the requests in the last megabyte of the log were answered. */
export const pageUsage = v.strictObject({
  pages: v.number(),
  bytes: v.number(),
  /**
   * From the cache; by the site, and kept; and all others (files, people signed in, forms), which it does not concern.
   */
  hits: v.number(),
  misses: v.number(),
  others: v.number(),
})
export type PageUsage = v.InferOutput<typeof pageUsage>

/** Caches as the API answers them. */
export const cache = v.strictObject({
  redis: v.nullable(
    v.strictObject({
      enabled: v.literal(true),
      username: v.string(),
      /** There once: when it was made. */
      password: v.optional(v.string()),
      /** Every key and channel of the site begins with it. */
      prefix: v.string(),
      host: v.string(),
      port: v.number(),
      socket: v.string(),
      /** false: its scripts held everybody up, so it may run none. */
      scripts: v.boolean(),
      /** null while Redis does not answer. */
      keys: v.nullable(v.number()),
      bytes: v.nullable(v.number()),
    }),
  ),
  page: v.nullable(v.strictObject({ ...pageCache.entries, ...pageUsage.entries })),
  /** Why Redis is of no use right now. */
  problem: v.nullable(v.string()),
})
export type Cache = v.InferOutput<typeof cache>

/** A page's path as a request has it. */
export const pagePath = v.pipe(v.string(), v.maxLength(8_192), v.regex(/^\/[^\x00-\x20\x7f]*$/))

/** Input of POST /purge: a path or an address of the site; without one all pages go. */
export const pagesToFlush = v.strictObject({ address: v.optional(v.pipe(v.string(), v.maxLength(2_048))) })
