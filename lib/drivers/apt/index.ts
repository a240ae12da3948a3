import { PanelError } from '../../model/errors.ts'
import { isExtension } from '../../model/sites/php-extension.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { attempt, environment, run, type Argv } from '../../system/run.ts'
import { apart } from '../systemd/commands.ts'
import { hasSystemd } from '../systemd/index.ts'
import {
  candidates,
  fpmPackage,
  install,
  installedOf,
  known,
  packagesOf,
  purge,
  purgePlan,
  statusOf,
  wantedPackages,
} from './commands.ts'

const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
const HOUR = 3600

/** Runs apt outside the agent's restrictions, because packages' scripts install programs and units. */
async function change(command: Argv, onLine: (line: string) => void): Promise<void> {
  const argv = hasSystemd() ? apart({ ...environment, ...quiet }, command) : command
  await run(argv, { env: quiet, timeout: HOUR, onLine })
}

/** The packages among these that the server's package sources have. */
export async function available(packages: readonly string[]): Promise<Set<string>> {
  const names = parseKnown(await run(known(packages)))
  const there = packages.filter((name) => names.has(name))
  return there.length > 0 ? parseCandidates(await run(candidates(there))) : new Set()
}

/** Names in `apt-cache madison` output; those of sources are among them. Pure. */
export const parseKnown = (output: string): Set<string> =>
  new Set(output.split('\n').flatMap((line) => /^ *(\S+) \| /.exec(line)?.[1] ?? []))

/** Names with a candidate in `apt-cache policy` output. */
export function parseCandidates(output: string): Set<string> {
  const blocks = output.split(/^(?=\S+:$)/m)
  return new Set(
    blocks.filter((block) => /Candidate: (?!\(none\))/.test(block)).map((block) => block.slice(0, block.indexOf(':'))),
  )
}

/** Installs a PHP version with FPM and the usual extensions. Throws `php_version_unavailable`. */
export async function installPhp(version: PhpVersion, onLine: (line: string) => void): Promise<void> {
  const found = await available(wantedPackages(version))
  if (!found.has(fpmPackage(version))) {
    throw new PanelError(
      'php_version_unavailable',
      422,
      `This server's package sources have no PHP ${version}. Add a package repository that has it and try again`,
    )
  }
  await change(install(wantedPackages(version).filter((name) => found.has(name))), onLine)
}

/** Installs packages that are not there yet. Throws `package_unavailable`. */
export async function installPackages(packages: readonly string[], onLine: (line: string) => void): Promise<void> {
  const { code, stdout } = await attempt(statusOf(packages))
  const there = new Set(stdout.split('\n').flatMap((line) => /^installed (\S+)$/.exec(line)?.[1] ?? []))
  const missing = packages.filter((name) => !there.has(name))
  if (code === 0 && missing.length === 0) return
  const found = await available(missing)
  const unknown = missing.find((name) => !found.has(name))
  if (unknown)
    throw new PanelError(
      'package_unavailable',
      422,
      `This server's package sources have no ${unknown}. Run apt-get update on the server and try again`,
    )
  await change(install(missing), onLine)
}

export async function removePhp(version: PhpVersion, onLine: (line: string) => void): Promise<void> {
  await removePackages(await installedPackages(version), onLine)
}

export async function removePackages(packages: readonly string[], onLine: (line: string) => void): Promise<void> {
  if (packages.length > 0) await change(purge(packages), onLine)
}

async function installedPackages(version: PhpVersion): Promise<string[]> {
  const { stdout } = await attempt(installedOf(version))
  return stdout.split('\n').flatMap((line) => /^installed (\S+)$/.exec(line)?.[1] ?? [])
}

/** The other packages that go with one, as they depend on it. */
export async function alsoRemoved(name: string): Promise<string[]> {
  const lines = (await run(purgePlan([name]))).split('\n')
  return lines.flatMap((line) => /^(?:Purg|Remv) (\S+)/.exec(line)?.[1] ?? []).filter((other) => other !== name)
}

export interface Extension {
  name: string
  summary: string
  installed: boolean
}

/** Every extension of a version, by its name. */
export async function listExtensions(version: PhpVersion): Promise<Extension[]> {
  const [found, installed] = [await run(packagesOf(version)), new Set(await installedPackages(version))]
  return parseExtensions(version, found, installed)
}

/** Reads `apt-cache search`, and adds what is installed from elsewhere. Pure. */
export function parseExtensions(version: PhpVersion, found: string, installed: ReadonlySet<string>): Extension[] {
  const summaries = new Map(
    found.split('\n').map((line) => [line.split(' - ')[0]!, line.split(' - ').slice(1).join(' - ')] as const),
  )
  const prefix = `php${version}-`
  return [...new Set([...summaries.keys(), ...installed])]
    .filter((name) => name.startsWith(prefix) && isExtension(name.slice(prefix.length)))
    .sort()
    .map((name) => ({
      name: name.slice(prefix.length),
      summary: summaries.get(name) ?? '',
      installed: installed.has(name),
    }))
}
