import type { PhpVersion } from '../../model/sites/schema.ts'

/** Versions that are being removed: no site may be given one of them. */
export const leaving = new Set<PhpVersion>()
