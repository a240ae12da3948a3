const master = /^php-fpm: master process \(\/etc\/php\/([0-9.]+)\/fpm\/(?:sites\/([\w.-]+)\.conf)?/

/** The version and instance of a PHP master, by its process's title; the distribution's has no instance. Pure. */
export function masterOf(title: string): { version: string; instance: string | null } | null {
  const [, version, instance = null] = master.exec(title) ?? []
  return version === undefined ? null : { version, instance }
}
