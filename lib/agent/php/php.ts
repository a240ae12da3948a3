import { fpmPackage } from '../../drivers/apt/commands.ts'
import { available, installPhp, removePhp } from '../../drivers/apt/index.ts'
import { installedVersions } from '../../drivers/php-fpm/index.ts'
import { disableService, hasSystemd, release } from '../../drivers/systemd/index.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { phpNames } from '../../model/sites/names.ts'
import { phpVersion, type PhpVersion } from '../../model/sites/schema.ts'
import { listDirectory } from '../../system/files.ts'
import { fingerprint } from '../../system/fingerprint.ts'
import { describeAdminer } from '../adminer/describe-adminer.ts'
import { converge } from '../converge/converge.ts'
import { diff } from '../converge/diff.ts'
import { runExclusive } from '../converge/queues.ts'
import { readFacts } from '../facts/facts.ts'
import { describeMasters } from './describe-masters.ts'
import { leaving } from './leaving.ts'

type Inventory = Output<'php.list'>
type OnProgress = (progress: Progress) => void

export async function listPhp(withAvailable: boolean): Promise<Inventory> {
  const installed = new Set(await installedVersions())
  const found = withAvailable ? await offered() : new Set<string>()
  return {
    versions: phpVersion.options.map((version) => ({
      version,
      installed: installed.has(version),
      available: installed.has(version) || found.has(fpmPackage(version)),
    })),
  }
}

/** Files that decide which packages there are. */
const sources = ['/var/lib/apt/lists', '/var/lib/dpkg/status', '/etc/apt']

let known: { seen: string; packages: Promise<ReadonlySet<string>> } | null = null

/** FPM's packages that the package sources have; apt is asked again once these have changed. */
function offered(): Promise<ReadonlySet<string>> {
  const seen = fingerprint(sources)
  if (known?.seen !== seen) known = { seen, packages: available(phpVersion.options.map(fpmPackage)) }
  const { packages } = known
  packages.catch(() => (known = null))
  return packages
}

/** Installs a PHP version and makes the directory its sites' pools go into. */
export async function addPhp(version: PhpVersion, onProgress: OnProgress): Promise<Inventory> {
  await installPhp(version, (output) => onProgress({ step: `Installing PHP ${version}`, percent: 10, output }))
  onProgress({ step: 'Preparing it for sites', percent: 90 })
  await runExclusive(async () => {
    if (hasSystemd() && (await hasOnlyStockPool(version))) await disableService(`php${version}-fpm`)
    const facts = await readFacts()
    await converge(await diff([...describeMasters(facts), ...describeAdminer(facts)]))
  })
  return listPhp(false)
}

/** Sites have masters of their own; the distribution's is kept only for pools somebody added to it. */
const hasOnlyStockPool = async (version: PhpVersion): Promise<boolean> =>
  (await listDirectory(`/etc/php/${version}/fpm/pool.d`)).every((name) => name === 'www.conf')

/** Removes a PHP version. Throws `php_version_in_use` while a site needs it, whatever the panel believes. */
export async function dropPhp(version: PhpVersion, onProgress: OnProgress): Promise<Inventory> {
  try {
    await runExclusive(async () => {
      await refuseUsed(version)
      leaving.add(version)
      await moveAdminer(version)
    })
    await removePhp(version, (output) => onProgress({ step: `Removing PHP ${version}`, percent: 10, output }))
  } finally {
    leaving.delete(version)
  }
  return listPhp(false)
}

async function refuseUsed(version: PhpVersion): Promise<void> {
  const pools = [
    ...(await listDirectory(`/etc/php/${version}/fpm/sites`)),
    ...(await listDirectory(`/etc/php/${version}/fpm/pool.d`)),
  ].filter((name) => /^s-.*\.conf$/.test(name))
  if (pools.length === 0) return
  throw new PanelError(
    'php_version_in_use',
    409,
    `${pools.length} sites on this server run PHP ${version}; move them to another version first`,
  )
}

/** The database tool runs on the newest version that stays; without any it goes to sleep for good. */
async function moveAdminer(leaving: PhpVersion): Promise<void> {
  const facts = await readFacts()
  await converge(
    await diff(describeAdminer({ ...facts, phpVersions: facts.phpVersions.filter((version) => version !== leaving) })),
  )
}

/** Lets the PHP masters of these sites end; their sockets start them again at the next request. */
export async function sleepPhp(domains: readonly string[]): Promise<string[]> {
  const services = domains.flatMap((domain) =>
    (['own', 'shared'] as const).map((isolation) => phpNames(domain, isolation, phpVersion.options[0]).serviceUnit),
  )
  await release(services)
  return [...domains]
}
