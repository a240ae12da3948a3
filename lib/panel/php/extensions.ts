import type { InferOutput } from 'valibot'
import { operations, type Output } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'

/** Answer of GET /api/php/versions/{version}/extensions. */
export const phpExtensions = operations['php.extensions'].output
export type PhpExtensions = InferOutput<typeof phpExtensions>

type Extensions = Output<'php.extensions'>

interface Named {
  version: PhpVersion
  extension: string
}

export const listExtensions = (ctx: Context, version: PhpVersion): Promise<Extensions> =>
  ctx.agent.call('php.extensions', { version })

/** Installs an extension. Throws `package_unavailable` when the package sources do not have it. */
export const installExtension = (
  ctx: Context,
  named: Named,
  onProgress: (progress: Progress) => void,
): Promise<Extensions> => ctx.agent.call('php.installExtension', named, onProgress)

/** Removes an extension. Throws `package_needed` when another package needs it. */
export const removeExtension = (
  ctx: Context,
  named: Named,
  onProgress: (progress: Progress) => void,
): Promise<Extensions> => ctx.agent.call('php.removeExtension', named, onProgress)
