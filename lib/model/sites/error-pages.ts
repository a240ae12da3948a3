import * as v from 'valibot'
import { areDistinct, sitePath } from './site-path.ts'

/** Errors that nginx itself answers, and a page of the site's may explain. */
const status = v.picklist([400, 403, 404, 405, 410, 413, 414, 429, 500, 502, 503, 504])

/** Pages from the site's files that visitors get instead of the panel's. */
export const errorPages = v.pipe(
  v.array(v.strictObject({ status, path: sitePath })),
  v.maxLength(12),
  v.check(
    (pages) => pages.every((page) => page.status !== 413 || /^(?:\/[^./][^/]*)+\.html?$/i.test(page.path)),
    'The page for 413 is a file that ends in .html: no code runs for a request that is too large',
  ),
  v.check((pages) => areDistinct(pages.map((page) => String(page.status))), 'A status has one page only'),
)
