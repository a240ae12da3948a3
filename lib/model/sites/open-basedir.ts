import * as v from 'valibot'
import { forAdministrators } from '../auth/set-by.ts'
import { isWithin } from './site-path.ts'

/** Other sites, and what belongs to the server alone; the kernel refuses most of it too. */
const closed = ['/var/www', '/opt/hosting-panel', '/var/lib/hosting-panel', '/etc/hosting-panel', '/root', '/proc']

const readable = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(
    /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+@-]+)+$/,
    'A path begins with /, has no /../ in it, no / at its end, and only letters, digits and . _ + @ -',
  ),
  v.check(
    (path) => !closed.some((folder) => isWithin(path, folder) || isWithin(folder, path)),
    'This folder belongs to other sites or to the server itself',
  ),
)

/** Programs and data of Debian's packages: everybody on the server may read them. */
const isShared = (value: unknown): boolean =>
  Array.isArray(value) && value.every((path) => typeof path === 'string' && isWithin(path, '/usr/share'))

/** Folders and files outside the site's own that its PHP may read. */
export const openBasedir = forAdministrators(v.pipe(v.array(readable), v.maxLength(50)), {
  othersMay: { words: 'paths below /usr/share', accepts: isShared },
})
