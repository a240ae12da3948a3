import { existsSync } from 'node:fs'
import { extensionPackage } from '../../drivers/apt/commands.ts'
import { alsoRemoved, installPackages, listExtensions, removePackages } from '../../drivers/apt/index.ts'
import { installedVersions } from '../../drivers/php-fpm/index.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { Output } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { restartMasters } from './masters.ts'

type Extensions = Output<'php.extensions'>
type OnProgress = (progress: Progress) => void

interface Named {
  version: PhpVersion
  extension: string
}

/** Lists the extensions of an installed version. Throws `php_version_missing`. */
export async function readExtensions(version: PhpVersion): Promise<Extensions> {
  await refuseMissing(version)
  return { extensions: await listExtensions(version) }
}

async function refuseMissing(version: PhpVersion): Promise<void> {
  if ((await installedVersions()).includes(version)) return
  throw new PanelError('php_version_missing', 409, `PHP ${version} is not installed on this server; install it first`)
}

/** Installs an extension, and has running PHP load it. Throws `package_unavailable`. */
export async function addExtension({ version, extension }: Named, onProgress: OnProgress): Promise<Extensions> {
  await refuseMissing(version)
  await installPackages([extensionPackage(version, extension)], (output) =>
    onProgress({ step: `Installing ${extension}`, percent: 10, output }),
  )
  return load(version, onProgress)
}

/** Removes an extension, unless another package needs it. Throws `package_needed`. */
export async function dropExtension({ version, extension }: Named, onProgress: OnProgress): Promise<Extensions> {
  await refuseMissing(version)
  const name = extensionPackage(version, extension)
  const others = [...(await alsoRemoved(name)), ...(await ownNeeds({ version, extension }))].filter(
    (other) => other !== `php-${extension}`,
  )
  if (others.length > 0) throw new PanelError('package_needed', 409, needed(name, others))
  await removePackages([name], (output) => onProgress({ step: `Removing ${extension}`, percent: 10, output }))
  return load(version, onProgress)
}

const needed = (name: string, others: readonly string[]): string =>
  `${name} stays, because other packages need it: ${others.join(', ')}. If nobody uses them, run: apt-get remove ` +
  `${others.join(' ')}. Then remove the extension again`

/** Adminer runs on the newest version; its package is content with another one's extension. */
async function ownNeeds({ version, extension }: Named): Promise<string[]> {
  const isAdminers =
    extension === 'mysql' && existsSync(paths.adminer) && (await installedVersions()).at(-1) === version
  return isAdminers ? ['adminer'] : []
}

async function load(version: PhpVersion, onProgress: OnProgress): Promise<Extensions> {
  onProgress({ step: 'Restarting PHP of the sites', percent: 95 })
  await restartMasters(version)
  return readExtensions(version)
}
