import { join } from 'node:path'
import { installedNodes, installNode, removeNode, pruneNodeFiles } from '../../drivers/node/index.ts'
import type { AgeOf } from '../../model/clock.ts'
import { PanelError } from '../../model/errors.ts'
import type { NodeVersion } from '../../model/node/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Output } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { listDirectory, readText } from '../../system/files.ts'

type Inventory = Output<'node.list'>

/** How long a version that nobody uses is kept (ms). */
const KEEP_MS = 7 * 86_400_000

export const listNode = async (): Promise<Inventory> => ({
  versions: (await installedNodes()).map(({ version, fullVersion }) => ({ version, fullVersion })),
})

/** Installs a version's newest release. Throws `node_install_failed`. */
export async function addNode(version: NodeVersion, onProgress: (progress: Progress) => void): Promise<Inventory> {
  await installNode(version, onProgress)
  return listNode()
}

/** Removes a version. Throws `node_version_in_use` while an app needs it, whatever the panel believes. */
export async function dropNode(version: NodeVersion): Promise<Inventory> {
  const count = (await appFiles()).filter((text) => needs(text, version)).length
  if (count > 0) {
    throw new PanelError(
      'node_version_in_use',
      409,
      `${count} apps on this server run on Node ${version}; move them to another version first`,
    )
  }
  await removeNode(version)
  return listNode()
}

/** Removes versions older than a week that no app needs and that are not to be kept. Answers which. */
export async function pruneNode(keep: readonly NodeVersion[], ageOf: AgeOf): Promise<NodeVersion[]> {
  const texts = await appFiles()
  const unused = (await installedNodes()).filter(
    ({ version, since }) =>
      !keep.includes(version) && ageOf(since.getTime()) > KEEP_MS && !texts.some((text) => needs(text, version)),
  )
  for (const { version } of unused) await removeNode(version)
  await pruneNodeFiles()
  return unused.map(({ version }) => version)
}

async function appFiles(): Promise<string[]> {
  const names = (await listDirectory(paths.apps)).filter((name) => name.endsWith('.json'))
  return (await Promise.all(names.map((name) => readText(join(paths.apps, name))))).filter((text) => text !== null)
}

/** Whether an app's description names a version; one that cannot be read might. */
export function needs(description: string, version: NodeVersion): boolean {
  try {
    const { nodeVersion } = JSON.parse(description) as { nodeVersion?: unknown }
    return nodeVersion === version
  } catch {
    return true
  }
}
