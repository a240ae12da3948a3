import { manifest } from '../../functions/manifest.ts'
import type { AnyFunction } from '../../lib/panel/http/define.ts'

/** Every function of the API, by its method and address. */
export const functions = Object.entries(manifest as Record<string, AnyFunction>)
