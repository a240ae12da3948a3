import * as v from 'valibot'

/** Longest path in bytes: nginx keeps the names of a list in buckets of a kilobyte. */
const LONGEST = 500

/** Folders that the panel itself answers in every site. */
const reserved = /^\/\.(?:hosting-panel|well-known\/acme-challenge)(?:\/|$)/i
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u

/** Whether a path is a folder, or lies in it. */
export const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** The path as nginx compares it: percent signs decoded. Null when no request has it. */
export function decodedPath(text: string): string | null {
  try {
    const path = decodeURIComponent(text)
    return isPath(path) ? path : null
  } catch {
    return null
  }
}

const isPath = (path: string): boolean =>
  path.startsWith('/') &&
  Buffer.byteLength(path) <= LONGEST &&
  !unprintable.test(path) &&
  !/[?#%]|\/\/|\/\.\.?(?:\/|$)/.test(path) &&
  !reserved.test(path)

const message =
  'Write a path such as /blog/old-page: it begins with a slash, has no query, no // and no .., and at most ' +
  `${LONGEST} characters; /.hosting-panel and /.well-known/acme-challenge are the panel’s`

/** A path of a site, without a query, decoded: `/b%C3%BCcher` becomes `/bücher`. */
export const sitePath = v.pipe(
  v.string(),
  v.check((text) => decodedPath(text) !== null, message),
  v.transform((text) => decodedPath(text)!),
)

/** Whether no two of them are the same. */
export const areDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length
