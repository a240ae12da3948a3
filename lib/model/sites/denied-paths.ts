import * as v from 'valibot'
import { areDistinct, sitePath } from './site-path.ts'

/** Paths that programs deny by their .htaccess, which nginx does not read. */
export const deniedPresets = v.pipe(
  v.array(v.picklist(['wordpress', 'laravel', 'dokuwiki', 'roundcube'])),
  v.check((all) => areDistinct(all), 'A preset is named twice'),
)

const deniedPath = v.pipe(
  sitePath,
  v.check(
    (path) => path.split('*').length <= 3 && !path.includes('**'),
    'A path has two * at most, and none beside another',
  ),
)

/** Paths that are never served, with all below them; `*` stands for any part of a name: `/*.sql`. */
export const deniedPaths = v.pipe(
  v.array(deniedPath),
  v.maxLength(100),
  v.check((all) => areDistinct(all), 'A path is named twice'),
  v.check((denied) => !denied.includes('/'), 'This denies the whole site; disable it instead'),
)
