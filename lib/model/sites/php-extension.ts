import * as v from 'valibot'

/** Packages of a PHP version that are no extensions. */
const others = ['cgi', 'cli', 'common', 'dev', 'fpm', 'phpdbg']

/** Whether a name can be an extension's. */
export const isExtension = (name: string): boolean =>
  /^[a-z0-9][a-z0-9+.-]{0,39}$/.test(name) && !others.includes(name) && !/-(?:dev|dbgsym)$/.test(name)

/** A PHP extension, as the distribution calls its package after the version: `imagick` of `php8.2-imagick`. */
export const phpExtension = v.pipe(
  v.string(),
  v.check(isExtension, 'An extension is named as its package, such as imagick of php8.2-imagick'),
)
