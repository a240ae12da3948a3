import { existsSync } from 'node:fs'
import type { NodeVersion } from '../../model/node/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import type { Context } from '../http/context.ts'
import { installNode } from './versions.ts'

/** Installs a version that an app wants, unless it is there. Throws `node_install_failed`. */
export async function ensureNode(
  ctx: Context,
  version: NodeVersion,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  if (existsSync(`${paths.node}/${version}/bin/node`)) return
  await installNode(ctx, version, ({ percent, ...progress }) => onProgress({ ...progress, percent: percent / 20 }))
}
