import { existsSync } from 'node:fs'
import { PanelError } from '../errors.ts'
import type { Context } from '../function/context.ts'
import { paths } from '../paths.ts'
import type { Progress } from '../rpc/lines.ts'
import type { NodeVersion } from './schema.ts'

/** Installs a version that an app wants, unless it is there. */
export async function ensureNode(_ctx: Context, version: NodeVersion, onProgress: (progress: Progress) => void): Promise<void> {
  if (existsSync(`${paths.node}/${version}/bin/node`)) return
  onProgress({ step: `Installing Node ${version}`, percent: 1 })
  throw new PanelError('node_version_missing', 409, `Node ${version} is not installed on this server; install it on the Node page first`)
}
